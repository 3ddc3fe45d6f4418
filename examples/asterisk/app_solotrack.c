/* Asterisk 16 and later: records the agent of a call, live, and erases the customer unless he
 * consents. Dialplan applications, manager actions and the command line; request.c reads what they
 * ask for. */
#include <asterisk.h>

#include <asterisk/app.h>
#include <asterisk/channel.h>
#include <asterisk/cli.h>
#include <asterisk/manager.h>
#include <asterisk/module.h>
#include <asterisk/pbx.h>
#include <asterisk/utils.h>

#include "recording.h"
#include "request.h"

/* clang-format off */
/*** DOCUMENTATION
	<application name="SoloTrack" language="en_US">
		<synopsis>
			Record the agent of a call, without the customer.
		</synopsis>
		<syntax>
			<parameter name="file" required="true">
				<para>Ends in .wav or .flac. If it is no absolute path, it is below the monitor
				folder. Until the recording is over it is called NAME.ID.part.wav.</para>
			</parameter>
			<parameter name="options" required="true">
				<optionlist>
					<option name="a">
						<argument name="side" required="true"/>
						<para>Which direction of this channel is the agent: <literal>read</literal>
						(who is at its end) or <literal>write</literal> (who is played to it).
						Never guessed: without it nothing is recorded.</para>
					</option>
					<option name="p">
						<argument name="policy" required="true"/>
						<para><literal>privacy</literal> (default; erase if unsure),
						<literal>balanced</literal>, <literal>fidelity</literal>.</para>
					</option>
					<option name="o">
						<argument name="overlap" required="true"/>
						<para>While both talk: <literal>extract</literal> (default; take the
						customer out) or <literal>mute</literal> (erase both).</para>
					</option>
					<option name="v">
						<argument name="voice" required="true"/>
						<para>A file of solotrack enroll: what surely is another's voice on the
						agent's side is erased too.</para>
					</option>
					<option name="f">
						<argument name="fill" required="true"/>
						<para>What stands in erased time: <literal>silence</literal> (default),
						<literal>noise</literal>, <literal>tone</literal>.</para>
					</option>
					<option name="F">
						<argument name="format" required="true"/>
						<para><literal>wav</literal> (16 bits), <literal>ulaw</literal> (in WAV) or
						<literal>flac</literal>. Default: by the file's name.</para>
					</option>
					<option name="r">
						<argument name="rate" required="true"/>
						<para>8000 or 16000 Hz. Default: as the channel reads.</para>
					</option>
					<option name="l">
						<argument name="milliseconds" required="true"/>
						<para>How far decisions look ahead. Default 500.</para>
					</option>
					<option name="d">
						<argument name="milliseconds" required="true"/>
						<para>The latest leak that is searched for, 256 to 900. Default 900.</para>
					</option>
					<option name="c">
						<argument name="consent" required="true"/>
						<para>The customer's consent can be given in this call; with it both
						parties are recorded, in one channel. It begins as <literal>none</literal>
						or <literal>given</literal>. Without this option he is never kept.</para>
					</option>
					<option name="k">
						<argument name="key" required="true"/>
						<para>The customer's key that gives consent; <literal>c(none)</literal> if
						nothing else is said.</para>
					</option>
					<option name="w">
						<argument name="key" required="true"/>
						<para>His key that withdraws it.</para>
					</option>
					<option name="i">
						<argument name="variable" required="true"/>
						<para>Gets the recording's id.</para>
					</option>
				</optionlist>
			</parameter>
		</syntax>
		<description>
			<para>Returns at once; the recording goes on until the channel hangs up or
			SoloTrackControl stops it. A failure to record is no failure of the call.</para>
			<variablelist>
				<variable name="SOLOTRACK_ID"><para>The recording's id.</para></variable>
				<variable name="SOLOTRACK_STATE">
					<para>RECORDING, PAUSED, MASKED, FINISHED or FAILED.</para>
				</variable>
				<variable name="SOLOTRACK_FILE"><para>Where it is now.</para></variable>
				<variable name="SOLOTRACK_CONSENT">
					<para>OFF, NONE, GIVEN or WITHDRAWN: what is in force where the file is.</para>
				</variable>
				<variable name="SOLOTRACK_ERROR"><para>Why it failed.</para></variable>
			</variablelist>
		</description>
		<see-also>
			<ref type="application">SoloTrackControl</ref>
			<ref type="application">MixMonitor</ref>
		</see-also>
	</application>
	<application name="SoloTrackControl" language="en_US">
		<synopsis>
			Pause, mask, open to the customer, or stop SoloTrack's recordings of this channel.
		</synopsis>
		<syntax>
			<parameter name="command" required="true">
				<para><literal>pause</literal> and <literal>resume</literal>: the time between is
				left out of the file. <literal>mask</literal> and <literal>unmask</literal>: it is
				erased, and the file keeps its time. <literal>consent</literal> and
				<literal>withdraw</literal>: the customer has agreed to be recorded, or no longer
				does (option c of SoloTrack). <literal>stop</literal>.</para>
			</parameter>
			<parameter name="id" required="false">
				<para>Of one recording. Default: all of this channel.</para>
			</parameter>
		</syntax>
		<description>
			<para>Takes effect with the next frame; consent a tenth of a second later.</para>
		</description>
		<see-also>
			<ref type="application">SoloTrack</ref>
		</see-also>
	</application>
	<manager name="SoloTrack" language="en_US">
		<synopsis>
			Record the agent of a call, without the customer.
		</synopsis>
		<syntax>
			<parameter name="ActionID"><para>Comes back with the answer.</para></parameter>
			<parameter name="Channel" required="true"><para>Name or unique id.</para></parameter>
			<parameter name="File" required="true"><para>As the application takes it.</para></parameter>
			<parameter name="Options" required="true"><para>As the application takes them.</para></parameter>
		</syntax>
		<description>
			<para>Answers with the recording's Id.</para>
		</description>
	</manager>
	<manager name="SoloTrackControl" language="en_US">
		<synopsis>
			Pause, mask, open to the customer, or stop SoloTrack's recordings of a channel.
		</synopsis>
		<syntax>
			<parameter name="ActionID"><para>Comes back with the answer.</para></parameter>
			<parameter name="Channel" required="true"><para>Name or unique id.</para></parameter>
			<parameter name="Command" required="true">
				<para>pause, resume, mask, unmask, consent, withdraw or stop.</para>
			</parameter>
			<parameter name="Id" required="false"><para>Of one recording. Default: all.</para></parameter>
		</syntax>
		<description>
			<para>Takes effect with the next frame; consent a tenth of a second later.</para>
		</description>
	</manager>
	<managerEvent language="en_US" name="SoloTrackState">
		<managerEventInstance class="EVENT_FLAG_CALL">
			<synopsis>A recording of SoloTrack has begun, changed its state or the customer's consent, or ended.</synopsis>
			<syntax>
				<parameter name="Channel"/>
				<parameter name="Uniqueid"/>
				<parameter name="Id"><para>Of the recording.</para></parameter>
				<parameter name="State">
					<para>RECORDING, PAUSED, MASKED, FINISHED or FAILED.</para>
				</parameter>
				<parameter name="File"><para>Where it is now.</para></parameter>
				<parameter name="RecordedMs"><para>Length of the file.</para></parameter>
				<parameter name="ErasedMs"><para>Of the call: what was erased.</para></parameter>
				<parameter name="LostMs"><para>Erased because frames did not come.</para></parameter>
				<parameter name="Dropped">
					<para>Frames that the writer was too slow for: recorded as silence.</para>
				</parameter>
				<parameter name="LeakDb"><para>Of the customer in the agent's leg; -120: none.</para></parameter>
				<parameter name="Consent">
					<para>OFF, NONE, GIVEN or WITHDRAWN: what is in force where the file is.</para>
				</parameter>
				<parameter name="ConsentMs"><para>Of the call: while it was given.</para></parameter>
				<parameter name="Reason"><para>Of a failure.</para></parameter>
			</syntax>
		</managerEventInstance>
	</managerEvent>
 ***/
/* clang-format on */

static solo_engine *engine; /* immutable, shared by all recordings */

#define REFUSED                                                                                    \
    "is not being recorded, or without consent (c), or the customer's key (w) has just withdrawn " \
    "it"

/* --- dialplan -------------------------------------------------------------------------------- */

static int start_exec(struct ast_channel *channel, const char *data) {
    char id[RECORDING_ID_BYTES], reason[SINK_REASON_BYTES], *text = ast_strdupa(S_OR(data, ""));
    AST_DECLARE_APP_ARGS(args, AST_APP_ARG(file); AST_APP_ARG(options););
    AST_STANDARD_APP_ARGS(args, text);
    request_start(channel, engine, args.file, args.options, id, reason);
    return 0; /* the call goes on */
}

static int control_exec(struct ast_channel *channel, const char *data) {
    enum recording_command command;
    char *text = ast_strdupa(S_OR(data, ""));
    AST_DECLARE_APP_ARGS(args, AST_APP_ARG(command); AST_APP_ARG(id););
    AST_STANDARD_APP_ARGS(args, text);
    if (!request_command(args.command, &command)) {
        ast_log(LOG_ERROR, "SoloTrackControl: give " REQUEST_COMMANDS "\n");
    } else if (recording_control(channel, args.id, command) == 0) {
        ast_log(LOG_WARNING, "SoloTrackControl: %s " REFUSED "\n", ast_channel_name(channel));
    }
    return 0;
}

/* --- manager --------------------------------------------------------------------------------- */

/* The channel of a request, or NULL after answering it. */
static struct ast_channel *channel_of(struct mansession *session, const struct message *request) {
    const char *name = astman_get_header(request, "Channel");
    struct ast_channel *channel = NULL;
    if (ast_strlen_zero(name)) {
        astman_send_error(session, request, "Channel: give a name or a unique id");
    } else if ((channel = ast_channel_get_by_name(name)) == NULL) {
        astman_send_error(session, request, "Channel: there is none of that name");
    }
    return channel;
}

static int start_action(struct mansession *session, const struct message *request) {
    char id[RECORDING_ID_BYTES], reason[SINK_REASON_BYTES];
    struct ast_channel *channel = channel_of(session, request);
    if (channel == NULL) {
        return 0;
    }
    if (request_start(channel, engine, astman_get_header(request, "File"),
                      astman_get_header(request, "Options"), id, reason)) {
        const char *action = astman_get_header(request, "ActionID");
        astman_append(session, "Response: Success\r\n");
        if (!ast_strlen_zero(action)) {
            astman_append(session, "ActionID: %s\r\n", action);
        }
        astman_append(session, "Id: %s\r\n\r\n", id);
    } else {
        astman_send_error_va(session, request, "%s", reason);
    }
    ast_channel_unref(channel);
    return 0;
}

static int control_action(struct mansession *session, const struct message *request) {
    enum recording_command command;
    if (!request_command(astman_get_header(request, "Command"), &command)) {
        astman_send_error(session, request, "Command: give " REQUEST_COMMANDS);
        return 0;
    }
    struct ast_channel *channel = channel_of(session, request);
    if (channel == NULL) {
        return 0;
    }
    if (recording_control(channel, astman_get_header(request, "Id"), command) > 0) {
        astman_send_ack(session, request, "Done");
    } else {
        astman_send_error(session, request, "The channel " REFUSED);
    }
    ast_channel_unref(channel);
    return 0;
}

/* --- command line ---------------------------------------------------------------------------- */

static void show_line(void *context, const struct recording_line *line) {
    const struct ast_cli_args *a = context;
    const struct recorder_report *report = &line->report;
    ast_cli(a->fd, "%-28s %-28s %-9s %8.1f %8.1f %8lld %s\n", line->id, line->channel,
            recorder_state_name(report->state), (double)report->recorded_ms / 1000,
            (double)report->lost_ms / 1000, (long long)report->dropped, report->file);
}

static char *show_recordings(struct ast_cli_entry *entry, int command, struct ast_cli_args *a) {
    if (command == CLI_INIT) {
        entry->command = "solotrack show";
        entry->usage = "Usage: solotrack show\n"
                       "       Lists what SoloTrack records: seconds of the file, seconds lost on\n"
                       "       the way here, frames dropped here.\n";
        return NULL;
    }
    if (command != CLI_HANDLER) {
        return NULL;
    }
    ast_cli(a->fd, "%-28s %-28s %-9s %8s %8s %8s %s\n", "Id", "Channel", "State", "Seconds", "Lost",
            "Dropped", "File");
    recordings_each(show_line, a);
    ast_cli(a->fd, "%d recordings\n", recordings_count());
    return CLI_SUCCESS;
}

static struct ast_cli_entry cli[] = {AST_CLI_DEFINE(show_recordings, "List recordings")};

/* --- the module ------------------------------------------------------------------------------ */

static void unregister(void) {
    ast_unregister_application("SoloTrack");
    ast_unregister_application("SoloTrackControl");
    ast_manager_unregister("SoloTrack");
    ast_manager_unregister("SoloTrackControl");
    ast_cli_unregister_multiple(cli, ARRAY_LEN(cli));
}

/* Every recording holds a reference to the module: it is unloaded with none, or Asterisk ends. */
static int unload_module(void) {
    unregister();
    recordings_close();
    solo_engine_destroy(engine);
    return 0;
}

static int load_module(void) {
    int error = SOLO_OK;
    engine = solo_engine_create(&error);
    if (engine == NULL) {
        ast_log(LOG_ERROR, "solotrack: %s\n", solo_strerror(error));
        return AST_MODULE_LOAD_DECLINE;
    }
    if (recordings_open() != 0) {
        solo_engine_destroy(engine);
        return AST_MODULE_LOAD_DECLINE;
    }
    if (ast_register_application_xml("SoloTrack", start_exec) != 0 ||
        ast_register_application_xml("SoloTrackControl", control_exec) != 0 ||
        ast_manager_register_xml("SoloTrack", EVENT_FLAG_SYSTEM, start_action) != 0 ||
        ast_manager_register_xml("SoloTrackControl", EVENT_FLAG_SYSTEM | EVENT_FLAG_CALL,
                                 control_action) != 0 ||
        ast_cli_register_multiple(cli, ARRAY_LEN(cli)) != 0) {
        unload_module();
        return AST_MODULE_LOAD_DECLINE;
    }
    return AST_MODULE_LOAD_SUCCESS;
}

AST_MODULE_INFO_STANDARD_EXTENDED(ASTERISK_GPL_KEY, "Recordings of the agent alone");
