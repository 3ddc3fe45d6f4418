#include "help.h"

#include "settings.h"

#include <string.h>

struct help {
    const char *command, *usage, *text;
};

static const struct help helps[] = {
    {"erase", "solotrack erase --agent left|right|voice [--voice FILE] [options] IN OUT",
     "Keeps the agent's voice of one recording and erases the customer's.\n"
     "IN is any file libsndfile reads, OUT a .wav, .flac, .opus or .ogg (Opus) file; - is a WAV\n"
     "pipe. OUT is as long as IN and in time with it to the sample.\n"
     "\n"
     "  --agent left|right|voice       which channel is the agent's; never guessed. voice: both\n"
     "                                 parties are in one channel\n"
     "  --voice FILE                   the agent's enrolled voice; with a channel it narrows it: "
     "other\n"
     "                                 voices there are erased too\n"
     "  --overlap extract|mute         both talk: take the customer out, or erase both (one "
     "channel:\n"
     "                                 mute)\n"
     "  --policy privacy|balanced|fidelity\n"
     "                                 privacy erases if unsure (default)\n"
     "  --fill silence|noise|tone      what stands in erased time (default silence)\n"
     "  --lookahead MS                 0 to 1000 (default 500, one channel 1000)\n"
     "  --output agent|same            agent alone, mono (default), or two channels with the\n"
     "                                 customer's digital zero\n"
     "  --consent none|given           what the customer has agreed to: given keeps both parties\n"
     "  --consent-key K                the key of his telephone that gives consent, from there on\n"
     "  --withdraw-key K               the key that withdraws it\n"
     "  --customer erase|alter         alter (EXPERIMENTAL, two channels): he is heard in another "
     "voice,\n"
     "                                 for who may keep his words; the recording is not erased\n"
     "  --metrics none|agent           figures of how the agent speaks, in the report\n"
     "  --labels FILE.rttm             who speaks when\n"
     "  --report FILE.json             what was erased and why, with SHA-256 of both files\n"
     "  --sidecar                      OUT.solotrack.json: id, class, hashes, when to delete it; "
     "also\n"
     "                                 with any of the five that follow\n"
     "  --call-id ID  --campaign NAME  --agent-name NAME  --class sale|other  --keep DAYS\n"},
    {"batch",
     "solotrack batch [-j N] [--resume] [options] IN_DIR OUT_DIR\n"
     "       solotrack batch --in-place --yes [options] DIR",
     "Erases the customer from every recording in a tree of folders, with most options of erase, "
     "and\n"
     "keeps the tree in OUT_DIR. A call is done or not done, also after a crash. Exit status 1 "
     "when\n"
     "a call failed; the others are done.\n"
     "\n"
     "  -j N                           worker processes (default: one a processor)\n"
     "  --resume                       go on with what a batch has left, or begin\n"
     "  --match GLOB                   only these; * also stands for /; may be given 16 times\n"
     "                                 (default: by extension, .wav .flac .mp3 ...)\n"
     "  --recipes FILE                 lines 'GLOB NAME=VALUE ...': what holds for which "
     "recordings\n"
     "  --shard K/N                    only this share of the tree\n"
     "  --in-place --yes               replace each original, once verify passes for it\n"
     "  --csv FILE  --jsonl FILE       what was done, a row for each call\n"
     "  --no-sidecar                   no NAME.solotrack.json beside the recordings\n"
     "  --campaign NAME  --agent-name NAME  --class sale|other  --keep DAYS\n"
     "                                 for the sidecars, not with --no-sidecar\n"},
    {"enroll", "solotrack enroll [--agent left|right] -o FILE.voice IN...",
     "Makes an agent's voice from recordings of the agent alone, 10 s or more in all, of which 6 s "
     "are\n"
     "speech. Of recordings with two channels --agent names the agent's. The voice is biometric "
     "data:\n"
     "the file is readable by its owner alone.\n"},
    {"label", "solotrack label --agent left|right|voice [--voice FILE] IN",
     "Prints who speaks when, as RTTM, the speakers named agent and customer.\n"},
    {"verify",
     "solotrack verify --agent left|right [--report FILE.json] ORIGINAL OUTPUT\n"
     "       solotrack verify --voice FILE [--report FILE.json] ORIGINAL OUTPUT",
     "Measures how much of the customer is left, at most, from the two files alone; of a mixed "
     "call, how\n"
     "much of the output is heard while the customer speaks. Exit status 1 when the files do not "
     "belong\n"
     "together or too much is left, 3 when that cannot be told.\n"},
    {"report",
     "solotrack report --agent left|right|voice [--voice FILE] [options] -o OUT.html ORIGINAL "
     "OUTPUT",
     "Writes one page that shows what was erased: who spoke when, waveforms and spectrograms "
     "before\n"
     "and after, the figures of verify, SHA-256 of both files, and a player of OUTPUT. It needs "
     "no\n"
     "network and holds nothing of the customer's sound. Where OUTPUT does not pass verify, the "
     "page\n"
     "says so and has no player, and the exit status is that of verify.\n"
     "\n"
     "  --policy, --overlap, --lookahead  as OUTPUT was erased: the lanes are what erase decides\n"
     "  --metrics none|agent              figures of how the agent speaks\n"},
    {"purge", "solotrack purge [--yes] [--today YYYY-MM-DD] DIR",
     "Tells which recordings in a tree of folders are due by their sidecars (NAME.solotrack.json), "
     "and\n"
     "with --yes deletes them. Refuses a clock that cannot be right: over five minutes before the\n"
     "newest recording, or over a year after it unless --today says the same day (UTC). What is\n"
     "read-only, or not the recording of its sidecar, is kept.\n"},
    {"forget", "solotrack forget --id ID DIR",
     "Deletes the recording with this id in a tree of folders, its mark and its sidecar.\n"},
};
enum { HELPS = sizeof helps / sizeof *helps };

static const struct help *find(const char *command) {
    for (size_t i = 0; i < HELPS; i++) {
        if (strcmp(helps[i].command, command) == 0) {
            return &helps[i];
        }
    }
    return NULL;
}

void help_overview(FILE *stream) {
    fputs("solotrack keeps the agent's track of a telephone call and erases the customer's voice.\n"
          "\n",
          stream);
    for (size_t i = 0; i < HELPS; i++) {
        fprintf(stream, "  %s\n", helps[i].usage);
    }
    fputs("\n"
          "  solotrack help COMMAND         the options of a command\n"
          "  solotrack --version\n"
          "\n"
          "Exit status: 0 done, 1 refused or failed (one line says why), 2 usage, 3 verify or "
          "report\n             cannot tell.\n",
          stream);
}

bool help_command(FILE *stream, const char *command) {
    const struct help *help = find(command);
    if (help == NULL) {
        return false;
    }
    fprintf(stream, "usage: %s\n\n%s", help->usage, help->text);
    return true;
}

int help_usage_error(const char *command) {
    const struct help *help = find(command);
    if (help != NULL) {
        fprintf(stderr, "usage: %s\n", help->usage);
        fprintf(stderr, "Try 'solotrack help %s'.\n", command);
    } else {
        fputs("usage: solotrack erase|batch|enroll|label|verify|report|purge|forget ...\nTry "
              "'solotrack "
              "--help'.\n",
              stderr);
    }
    return EXIT_USAGE;
}
