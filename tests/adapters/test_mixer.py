"""A card's volume is set and held, on a mixer of our own; where there is none, that is said."""

import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from xiaolaba.adapters.mixer import Mixer, Volume
from xiaolaba.core.errors import DeviceError

SOURCE = Path(__file__).parent.parent / "virtual_dac" / "vmixer.c"


@pytest.fixture(scope="session")
def plugin(tmp_path_factory):
    target = tmp_path_factory.mktemp("vmixer") / "libasound_module_ctl_vmixer.so"
    command = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-DPIC"]
    subprocess.run([*command, "-o", target, SOURCE, "-lasound"], check=True)
    return target


@pytest.fixture
def volume(plugin, tmp_path, monkeypatch):
    """Return the file that has the card's volume, of 200."""
    configuration = tmp_path / "alsa.conf"
    configuration.write_text(
        f'ctl_type.vmixer {{ lib "{plugin}" }}\n'
        f'ctl.horn {{ type vmixer base "{tmp_path / "horn"}" }}\n'
    )
    monkeypatch.setenv("ALSA_CONFIG_PATH", f"/usr/share/alsa/alsa.conf:{configuration}")
    (tmp_path / "horn.volume").write_text("7\n")
    return tmp_path / "horn.volume"


def test_the_volume_is_set(volume):
    with closing(Mixer("horn", "PCM", 80)):
        assert volume.read_text() == "160\n"


def test_a_volume_that_somebody_moves_is_set_back(volume):
    with closing(Mixer("horn", "PCM", 50)) as mixer:
        before = mixer.hold()
        volume.write_text("200\n")

        assert (before, mixer.hold(), mixer.hold()) == (False, True, False)
        assert volume.read_text() == "100\n"


@pytest.mark.parametrize(("card", "control"), [("horn", "Master"), ("no-such-card", "PCM")])
def test_a_card_without_that_volume_is_a_device_error(volume, card, control):
    with pytest.raises(DeviceError, match=control):
        Mixer(card, control, 80)

    assert volume.read_text() == "7\n"


def test_a_volume_is_held_again_once_its_card_is_back(volume):
    held = Volume("horn", "PCM", 50)
    first = held()
    volume.unlink()
    gone = held()
    volume.write_text("3\n")

    assert (first, gone, held()) == ("", "no-mixer", "")
    assert volume.read_text() == "100\n"
