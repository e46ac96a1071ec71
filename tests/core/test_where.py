"""Which nodes a programme or a rule means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.towns import CMN, YUE, places_of, wheres
from xiaolaba.core.schedule import EVERYWHERE, Node, Place, Where
from xiaolaba.core.units import NodeId, PlaceId
from xiaolaba.core.where import means, row, runs, site, sites


def place(name, *below, nodes=(), **fields):
    own = tuple(Node(NodeId(node), node) for node in nodes)
    return Place(PlaceId(name), name, below, own, **fields)


TOWN = (
    place(
        "xideng",
        place("jinxiu", nodes=["gate", "yard"], tags=frozenset({"school"})),
        place("xincun", place("block", nodes=["roof"]), nodes=["square"], languages=((YUE, 1),)),
        tags=frozenset({"old"}),
    ),
    place("far", nodes=["tower"]),
)


def meant(where):
    return [own.node.id for own in sites(TOWN) if means(where, own.ids, own.tags)]


def where(*ids, tags=(), not_ids=(), not_tags=()):
    return Where(frozenset(ids), frozenset(tags), frozenset(not_ids), frozenset(not_tags))


@pytest.mark.parametrize(
    ("chosen", "nodes"),
    [
        pytest.param(EVERYWHERE, ["gate", "yard", "square", "roof", "tower"], id="everywhere"),
        pytest.param(where("xideng"), ["gate", "yard", "square", "roof"], id="a whole subtree"),
        pytest.param(where("roof", "far"), ["roof", "tower"], id="a node and a place"),
        pytest.param(where("xideng", not_ids=["xincun"]), ["gate", "yard"], id="an exclusion"),
        pytest.param(where("roof", not_ids=["xincun"]), [], id="an exclusion wins"),
        pytest.param(where(tags=["old"]), ["gate", "yard", "square", "roof"], id="inherited tag"),
        pytest.param(where("xideng", not_tags=["school"]), ["square", "roof"], id="a tag excluded"),
        pytest.param(where("gate", tags=["school"]), ["gate", "yard"], id="reached twice"),
        pytest.param(where(not_ids=["xideng"]), ["tower"], id="everywhere but"),
        pytest.param(where("nowhere"), [], id="an unknown name"),
    ],
)
def test_a_where_means(chosen, nodes):
    assert meant(chosen) == nodes
    assert [row(TOWN).nodes[k] for a, b in row(TOWN).meant(chosen) for k in range(a, b)] == nodes


def test_languages_come_from_the_nearest_place_that_writes_them():
    found = {str(own.node.id): own.languages for own in sites(TOWN)}

    assert found["roof"] == found["square"] == ((YUE, 1),)
    assert found["gate"] == ((CMN, 100),)
    assert dict(zip(row(TOWN).nodes, row(TOWN).languages, strict=True)) == found


def test_a_node_that_is_nowhere_is_refused_by_name():
    assert site(TOWN, "roof").place.id == "block"
    with pytest.raises(KeyError, match="no-such"):
        site(TOWN, "no-such")


@given(st.data())
def test_a_row_of_nodes_agrees_with_judging_each_node_by_its_way(data):
    places = places_of(data.draw)
    chosen = data.draw(st.lists(wheres(everywhere=True), max_size=4))
    nodes = row(places)
    by_run = {
        nodes.nodes[k]: indices for (a, b), indices in runs(nodes, chosen) for k in range(a, b)
    }

    for own in sites(places):
        alone = [k for k, where in enumerate(chosen) if means(where, own.ids, own.tags)]
        assert by_run[own.node.id] == tuple(alone)
        assert nodes.languages[nodes.nodes.index(own.node.id)] == own.languages
