/* vdac: a sound card for tests, as an ALSA plug-in in user space.
 *
 * It takes 48 kHz mono s16 like a card, at the pace of a crystal of its own:
 * CLOCK_MONOTONIC made faster by `ppm` millionths. Nothing is heard; instead
 *
 *   BASE.raw        has every sample that was handed over, in order
 *   BASE.log        says when which of them sounded, one event a line:
 *                     start frame=F real=T rate=R   frame F sounds at Unix time T, then R a second
 *                     stop frame=F real=T           ... up to, but not including, frame F
 *                     xrun frame=F real=T           the same, because no more had been written
 *                     gone frame=F real=T           the same, because the card was unplugged
 *                     asleep frame=F real=T         the same, because the machine was suspended
 *   BASE.unplugged  takes the card away for as long as the file exists
 *   BASE.busy       makes the card busy for whoever opens it
 *   BASE.suspended  says by its date when the machine was suspended: from then on nothing
 *                   sounds, and whoever asks is told so until the stream is prepared or closed
 *
 * In asound.conf:
 *   pcm_type.vdac { lib "/path/libasound_module_pcm_vdac.so" }
 *   pcm.horn { type vdac base "/path/horn" ppm 40 granularity 480 }
 *
 * `granularity` makes the reported position move in steps of so many frames,
 * as the Raspberry Pi's own jack does.
 */

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    snd_pcm_ioplug_t io;
    char base[400];
    double rate;       /* what the crystal really gives, in frames a second */
    long granularity;  /* frames by which the reported position moves */
    int samples, log;  /* BASE.raw and BASE.log */
    int timer;         /* wakes whoever waits for room */
    bool running;
    double started;    /* CLOCK_MONOTONIC at `first` */
    double real;       /* the same moment in Unix time */
    uint64_t first;    /* the frame with which this run began */
    uint64_t written;  /* frames ever handed over */
} vdac_t;

/* Ask the kernel itself: whatever a test makes the program believe, the card knows the time. */
static double seconds(clockid_t clock)
{
    struct timespec now;
    syscall(SYS_clock_gettime, clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool has(const vdac_t *dac, const char *suffix)
{
    char path[440];
    snprintf(path, sizeof path, "%s%s", dac->base, suffix);
    return access(path, F_OK) == 0;
}

static bool unplugged(const vdac_t *dac) { return has(dac, ".unplugged"); }

/* Frames of this run that have had time to sound; more than were written means it ran dry. */
static uint64_t sounded(const vdac_t *dac)
{
    return dac->running ? (uint64_t)((seconds(CLOCK_MONOTONIC) - dac->started) * dac->rate) : 0;
}

static uint64_t queued(const vdac_t *dac) { return dac->written - dac->first; }

static uint64_t in_steps(const vdac_t *dac, uint64_t frames)
{
    return dac->granularity > 0 ? frames - frames % (uint64_t)dac->granularity : frames;
}

/* End the run, if there is one, and say how far it had come by then. */
static void end_run_at(vdac_t *dac, const char *why, uint64_t far, double real)
{
    if (!dac->running)
        return;
    uint64_t most = queued(dac);
    dprintf(dac->log, "%s frame=%" PRIu64 " real=%.7f\n", why,
            dac->first + (far < most ? far : most), real);
    dac->running = false;
}

static void end_run(vdac_t *dac, const char *why)
{
    end_run_at(dac, why, sounded(dac), seconds(CLOCK_REALTIME));
}

/* Fall asleep if the machine did, at its moment. */
static bool suspended(vdac_t *dac)
{
    char path[440];
    struct stat found;
    snprintf(path, sizeof path, "%s.suspended", dac->base);
    if (stat(path, &found) == 0 && unlink(path) == 0 && dac->running) {
        double when = (double)found.st_mtim.tv_sec + 1e-9 * (double)found.st_mtim.tv_nsec;
        double ran = when - dac->real;
        end_run_at(dac, "asleep", ran > 0 ? (uint64_t)(ran * dac->rate) : 0, when);
        snd_pcm_ioplug_set_state(&dac->io, SND_PCM_STATE_SUSPENDED);
    }
    return dac->io.state == SND_PCM_STATE_SUSPENDED;
}

/* Ask both clocks for one moment; ask again if the thread was put aside between them. */
static void moment(double *monotonic, double *real)
{
    double took = 1e9;
    for (int n = 0; n < 100 && took > 50e-6; n++) {
        double before = seconds(CLOCK_MONOTONIC);
        double shown = seconds(CLOCK_REALTIME);
        double after = seconds(CLOCK_MONOTONIC);
        if (after - before < took) {
            took = after - before;
            *monotonic = (before + after) / 2;
            *real = shown;
        }
    }
}

static int vdac_start(snd_pcm_ioplug_t *io)
{
    vdac_t *dac = io->private_data;
    if (unplugged(dac))
        return -ENODEV;
    moment(&dac->started, &dac->real);
    dac->running = true;
    dprintf(dac->log, "start frame=%" PRIu64 " real=%.7f rate=%.6f\n", dac->first, dac->real,
            dac->rate);
    long period = (long)(1e9 * (double)io->period_size / dac->rate / 2);
    struct itimerspec tick = {.it_interval = {period / 1000000000, period % 1000000000}};
    tick.it_value = tick.it_interval;
    return timerfd_settime(dac->timer, 0, &tick, NULL);
}

static int vdac_stop(snd_pcm_ioplug_t *io)
{
    end_run(io->private_data, "stop");
    return 0;
}

static int vdac_prepare(snd_pcm_ioplug_t *io)
{
    vdac_t *dac = io->private_data;
    end_run(dac, "stop");
    dac->first = dac->written;
    return unplugged(dac) ? -ENODEV : 0;
}

static snd_pcm_sframes_t vdac_pointer(snd_pcm_ioplug_t *io)
{
    vdac_t *dac = io->private_data;
    if (unplugged(dac)) {
        end_run(dac, "gone");
        return -ENODEV;
    }
    if (suspended(dac))
        return (snd_pcm_sframes_t)(io->hw_ptr % io->buffer_size); /* where it was last */
    uint64_t far = sounded(dac);
    if (far > queued(dac)) {
        end_run(dac, "xrun");
        return -EPIPE;
    }
    return (snd_pcm_sframes_t)(in_steps(dac, far) % io->buffer_size);
}

static int vdac_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *delay)
{
    vdac_t *dac = io->private_data;
    if (unplugged(dac))
        return -ENODEV;
    if (suspended(dac))
        return -ESTRPIPE;
    *delay = (snd_pcm_sframes_t)queued(dac) - (snd_pcm_sframes_t)in_steps(dac, sounded(dac));
    return 0;
}

static snd_pcm_sframes_t vdac_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                       snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
    vdac_t *dac = io->private_data;
    if (unplugged(dac))
        return -ENODEV;
    if (suspended(dac))
        return -ESTRPIPE;
    const char *from = (const char *)areas->addr + (areas->first + areas->step * offset) / 8;
    if (write(dac->samples, from, 2 * size) != (ssize_t)(2 * size))
        return -EIO;
    dac->written += size;
    return (snd_pcm_sframes_t)size;
}

static int vdac_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *waiting, unsigned int count,
                             unsigned short *events)
{
    vdac_t *dac = io->private_data;
    uint64_t ticks;
    (void)count;
    if (waiting->revents & POLLIN && read(dac->timer, &ticks, sizeof ticks) < 0 && errno != EAGAIN)
        return -errno;
    snd_pcm_sframes_t room = snd_pcm_avail_update(io->pcm);
    if (room < 0 || io->state == SND_PCM_STATE_SUSPENDED)
        *events = POLLERR;
    else
        *events = room >= (snd_pcm_sframes_t)io->period_size ? POLLOUT : 0;
    return 0;
}

static int vdac_close(snd_pcm_ioplug_t *io)
{
    vdac_t *dac = io->private_data;
    end_run(dac, "stop");
    close(dac->samples);
    close(dac->log);
    close(dac->timer);
    free(dac);
    return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
    .start = vdac_start,
    .stop = vdac_stop,
    .prepare = vdac_prepare,
    .pointer = vdac_pointer,
    .delay = vdac_delay,
    .transfer = vdac_transfer,
    .poll_revents = vdac_poll_revents,
    .close = vdac_close,
};

static int open_file(const vdac_t *dac, const char *suffix)
{
    char path[440];
    snprintf(path, sizeof path, "%s%s", dac->base, suffix);
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* Say what the card can: 48 kHz, mono, s16, periods of 5 ms to 0.5 s, up to 2 s in all. */
static void constrain(snd_pcm_ioplug_t *io)
{
    static const unsigned int access[] = {SND_PCM_ACCESS_RW_INTERLEAVED};
    static const unsigned int format[] = {SND_PCM_FORMAT_S16_LE};
    snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1, access);
    snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, format);
    snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, 1, 1);
    snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, 48000, 48000);
    snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 480, 48000);
    snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 960, 192000);
    snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 400);
}

static int configure(vdac_t *dac, snd_config_t *conf)
{
    snd_config_iterator_t at, next;
    snd_config_for_each(at, next, conf) {
        snd_config_t *entry = snd_config_iterator_entry(at);
        const char *id, *text;
        double ppm;
        if (snd_config_get_id(entry, &id) < 0 || !strcmp(id, "type") || !strcmp(id, "comment"))
            continue;
        if (!strcmp(id, "base") && snd_config_get_string(entry, &text) >= 0)
            snprintf(dac->base, sizeof dac->base, "%s", text);
        else if (!strcmp(id, "ppm") && snd_config_get_ireal(entry, &ppm) >= 0)
            dac->rate = 48000 * (1 + ppm * 1e-6);
        else if (strcmp(id, "granularity") || snd_config_get_integer(entry, &dac->granularity) < 0)
            return -EINVAL;
    }
    return *dac->base ? 0 : -EINVAL;
}

SND_PCM_PLUGIN_DEFINE_FUNC(vdac)
{
    (void)root;
    vdac_t *dac = calloc(1, sizeof *dac);
    if (!dac)
        return -ENOMEM;
    dac->rate = 48000;
    int error = configure(dac, conf);
    if (!error && unplugged(dac))
        error = -ENODEV;
    if (!error && has(dac, ".busy"))
        error = -EBUSY;
    if (error || stream != SND_PCM_STREAM_PLAYBACK) {
        free(dac);
        return error ? error : -EINVAL;
    }
    dac->samples = open_file(dac, ".raw");
    dac->log = open_file(dac, ".log");
    dac->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    dac->written = dac->first = (uint64_t)lseek(dac->samples, 0, SEEK_END) / 2;
    dac->io.version = SND_PCM_IOPLUG_VERSION;
    dac->io.name = "virtual DAC";
    dac->io.callback = &callbacks;
    dac->io.private_data = dac;
    dac->io.poll_fd = dac->timer;
    dac->io.poll_events = POLLIN;
    error = snd_pcm_ioplug_create(&dac->io, name, stream, mode);
    if (error < 0) {
        free(dac);
        return error;
    }
    constrain(&dac->io);
    *pcmp = dac->io.pcm;
    return 0;
}
SND_PCM_PLUGIN_SYMBOL(vdac);
