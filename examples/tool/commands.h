/* The commands of the tool. Each takes the arguments after its name and returns the exit status. */
#ifndef SOLOTRACK_TOOL_COMMANDS_H
#define SOLOTRACK_TOOL_COMMANDS_H

int command_batch(int argc, char **argv);
int command_erase(int argc, char **argv);
int command_enroll(int argc, char **argv);
int command_forget(int argc, char **argv);
int command_label(int argc, char **argv);
int command_purge(int argc, char **argv);
int command_report(int argc, char **argv);
int command_verify(int argc, char **argv);

#endif
