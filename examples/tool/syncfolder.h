/* A rename is on disk when its folder is. */
#ifndef SOLOTRACK_TOOL_SYNCFOLDER_H
#define SOLOTRACK_TOOL_SYNCFOLDER_H

/* Brings the folder of this file to disk. Some file systems cannot sync a folder: no harm. */
void sync_folder_of(const char *path);

#endif
