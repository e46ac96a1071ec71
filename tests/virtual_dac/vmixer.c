/* vmixer: a card's volume for tests, as an ALSA plug-in in user space.
 *
 * One control, "PCM Playback Volume", from 0 to 200, kept in the file BASE.volume
 * as text, so that a test can read it, and move it as another program would.
 *
 *   ctl_type.vmixer { lib "/path/libasound_module_ctl_vmixer.so" }
 *   ctl.horn { type vmixer base "/path/horn" }
 */

#include <alsa/asoundlib.h>
#include <alsa/control_external.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    snd_ctl_ext_t ext;
    char path[440];
    long told; /* the volume that the last event was about */
} vmixer_t;

static int count(snd_ctl_ext_t *ext) { (void)ext; return 1; }

static int list(snd_ctl_ext_t *ext, unsigned int offset, snd_ctl_elem_id_t *id)
{
    (void)ext;
    (void)offset;
    snd_ctl_elem_id_set_interface(id, SND_CTL_ELEM_IFACE_MIXER);
    snd_ctl_elem_id_set_name(id, "PCM Playback Volume");
    return 0;
}

static snd_ctl_ext_key_t find(snd_ctl_ext_t *ext, const snd_ctl_elem_id_t *id)
{
    (void)ext;
    int ours = !strcmp(snd_ctl_elem_id_get_name(id), "PCM Playback Volume");
    return ours ? 0 : SND_CTL_EXT_KEY_NOT_FOUND;
}

static int attribute(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int *type, unsigned int *access,
                     unsigned int *channels)
{
    (void)ext;
    (void)key;
    *type = SND_CTL_ELEM_TYPE_INTEGER;
    *access = SND_CTL_EXT_ACCESS_READWRITE;
    *channels = 1;
    return 0;
}

static int range(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *least, long *most, long *step)
{
    (void)ext;
    (void)key;
    *least = 0;
    *most = 200;
    *step = 1;
    return 0;
}

static int read_volume(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
    vmixer_t *mixer = ext->private_data;
    (void)key;
    FILE *file = fopen(mixer->path, "r");
    if (!file)
        return -ENODEV;
    int found = fscanf(file, "%ld", value);
    fclose(file);
    return found == 1 ? 0 : -EIO;
}

static int write_volume(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
    vmixer_t *mixer = ext->private_data;
    (void)key;
    FILE *file = fopen(mixer->path, "w");
    if (!file)
        return -ENODEV;
    fprintf(file, "%ld\n", *value);
    fclose(file);
    return 1;
}

/* Tell, as a card does, that the volume has changed. */
static int event(snd_ctl_ext_t *ext, snd_ctl_elem_id_t *id, unsigned int *mask)
{
    vmixer_t *mixer = ext->private_data;
    long now;
    int error = read_volume(ext, 0, &now);
    if (error < 0)
        return error;
    if (now == mixer->told)
        return -EAGAIN;
    mixer->told = now;
    list(ext, 0, id);
    *mask = SND_CTL_EVENT_MASK_VALUE;
    return 1;
}

static void leave(snd_ctl_ext_t *ext) { free(ext->private_data); }

static const snd_ctl_ext_callback_t callbacks = {
    .close = leave,
    .elem_count = count,
    .elem_list = list,
    .find_elem = find,
    .get_attribute = attribute,
    .get_integer_info = range,
    .read_integer = read_volume,
    .write_integer = write_volume,
    .read_event = event,
};

SND_CTL_PLUGIN_DEFINE_FUNC(vmixer)
{
    snd_config_t *base;
    const char *text;
    (void)root;
    if (snd_config_search(conf, "base", &base) < 0 || snd_config_get_string(base, &text) < 0)
        return -EINVAL;
    vmixer_t *mixer = calloc(1, sizeof *mixer);
    if (!mixer)
        return -ENOMEM;
    snprintf(mixer->path, sizeof mixer->path, "%s.volume", text);
    mixer->ext.version = SND_CTL_EXT_VERSION;
    strcpy(mixer->ext.id, "vmixer");
    strcpy(mixer->ext.name, "virtual mixer");
    mixer->ext.poll_fd = -1;
    mixer->ext.callback = &callbacks;
    mixer->ext.private_data = mixer;
    int error = snd_ctl_ext_create(&mixer->ext, name, mode);
    if (error < 0)
        free(mixer);
    else
        *handlep = mixer->ext.handle;
    return error;
}
SND_CTL_PLUGIN_SYMBOL(vmixer);
