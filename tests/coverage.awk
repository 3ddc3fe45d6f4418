# Sums what `gcov -b -c -t` prints of all objects: the lines and branches of lib/ that were run, by
# file and in all. A branch is one way out of a conditional jump. A header's lines count once, and as
# run where any object ran them. Files that have no code for this machine are named and left out.
# -v missing=1 lists what was not run; -v least_lines, least_branches: the bars, %. Status 1: less.

function ran(count) { return count ~ /^[1-9]/ }
function share(part, all) { return all > 0 ? 100 * part / all : 100 }
function row(name, lines, lines_run, branches, branches_run) {
    return sprintf("%-32s %5d of %5d lines %6.1f %%  %5d of %5d branches %6.1f %%", name, lines_run, lines,
                   share(lines_run, lines), branches_run, branches, share(branches_run, branches))
}

BEGIN {
    reason["lib/net/kernels_neon.c"] = "ARM's vectors"
    reason["lib/net/kernels_x86.c"] = "x86's vectors"
    "uname -m" | getline machine
    other = machine == "x86_64" ? "lib/net/kernels_neon.c" : machine == "aarch64" ? "lib/net/kernels_x86.c" : ""
}

/^ +-: +0:Source:/ {
    file = $0
    sub(/^.*Source:/, "", file)
    ours = file ~ /^lib\// && file != other
    next
}
!ours || /^(call|function|unconditional)/ { next }

/^branch/ {
    key = file SUBSEP line SUBSEP $2
    if (!(key in way)) {
        way[key] = 0
        branches[file]++
    }
    if (!way[key] && ran($4)) {
        way[key] = 1
        branches_run[file]++
    }
    next
}
{
    split($0, part, ":")
    count = part[1]
    gsub(/ /, "", count)
    line = part[2] + 0
    if (count == "-" || line == 0 || part[2] !~ /^ *[0-9]+$/)
        next
    key = file SUBSEP line
    if (!(key in seen)) {
        seen[key] = 0
        lines[file]++
    }
    if (!seen[key] && ran(count)) {
        seen[key] = 1
        lines_run[file]++
    }
}

END {
    sort = "LC_ALL=C sort -t: -k1,1 -k2,2n"
    for (file in lines) {
        print row(file, lines[file], lines_run[file], branches[file], branches_run[file]) | sort
        all_lines += lines[file]
        all_lines_run += lines_run[file]
        all_branches += branches[file]
        all_branches_run += branches_run[file]
    }
    close(sort)
    print row("lib/", all_lines, all_lines_run, all_branches, all_branches_run)
    print "left out: " (other ? other ", " reason[other] "; " : "") "the FFT library that is not linked"
    if (missing) {
        for (key in seen)
            if (!seen[key] && split(key, part, SUBSEP))
                print part[1] ":" part[2] ": not run" | sort
        for (key in way)
            if (!way[key] && split(key, part, SUBSEP))
                print part[1] ":" part[2] ": branch " part[3] " not taken" | sort
        close(sort)
    }
    if (share(all_lines_run, all_lines) < least_lines || share(all_branches_run, all_branches) < least_branches) {
        print "coverage: under " least_lines " % of lines or " least_branches " % of branches"
        exit 1
    }
}
