#include <asterisk.h>

#include <asterisk/channel.h>
#include <asterisk/manager.h>
#include <asterisk/pbx.h>

#include "told.h"

static void set_variables(struct ast_channel *channel, const char *id,
                          const struct recorder_report *report) {
    ast_channel_lock(channel);
    pbx_builtin_setvar_helper(channel, "SOLOTRACK_ID", id);
    pbx_builtin_setvar_helper(channel, "SOLOTRACK_STATE", recorder_state_name(report->state));
    pbx_builtin_setvar_helper(channel, "SOLOTRACK_FILE", report->file);
    pbx_builtin_setvar_helper(channel, "SOLOTRACK_ERROR", report->reason);
    pbx_builtin_setvar_helper(channel, "SOLOTRACK_CONSENT", recorder_consent_name(report->consent));
    ast_channel_unlock(channel);
}

static void send_event(const struct recording_line *line, const char *uniqueid) {
    const struct recorder_report *report = &line->report;
    manager_event(EVENT_FLAG_CALL, "SoloTrackState",
                  "Channel: %s\r\nUniqueid: %s\r\nId: %s\r\nState: %s\r\nFile: %s\r\n"
                  "RecordedMs: %lld\r\nErasedMs: %lld\r\nLostMs: %lld\r\nDropped: %lld\r\n"
                  "LeakDb: %.1f\r\nConsent: %s\r\nConsentMs: %lld\r\nReason: %s\r\n",
                  line->channel, uniqueid, line->id, recorder_state_name(report->state),
                  report->file, (long long)report->recorded_ms, (long long)report->erased_ms,
                  (long long)report->lost_ms, (long long)report->dropped, (double)report->leak_db,
                  recorder_consent_name(report->consent), (long long)report->consent_ms,
                  report->reason);
}

void told_state(const struct recording_line *line, const char *uniqueid) {
    struct ast_channel *channel = ast_channel_get_by_name(uniqueid);
    if (channel != NULL) {
        set_variables(channel, line->id, &line->report);
        ast_channel_unref(channel);
    }
    send_event(line, uniqueid);
}

void told_refusal(struct ast_channel *channel, const char *path, const char *reason) {
    struct recording_line line = {.report.state = RECORDER_FAILED, .report.leak_db = -120.0f};
    char uniqueid[RECORDING_CHANNEL_BYTES];
    ast_channel_lock(channel);
    ast_copy_string(line.channel, ast_channel_name(channel), sizeof line.channel);
    ast_copy_string(uniqueid, ast_channel_uniqueid(channel), sizeof uniqueid);
    ast_channel_unlock(channel);
    ast_copy_string(line.report.reason, reason, sizeof line.report.reason);
    ast_log(LOG_ERROR, "%s: not recorded: %s: %s\n", line.channel, path, reason);
    set_variables(channel, "", &line.report);
    send_event(&line, uniqueid);
}
