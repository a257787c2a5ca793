/** Lines of the new side that a diff adds, from 0. */
export function addedLines(diff: string): ReadonlySet<number> {
  const added = new Set<number>();
  let line = -1;
  for (const text of diff.split('\n')) {
    const hunk = /^@@ -\S+ \+(\d+)/.exec(text);
    if (hunk) line = Number(hunk[1]) - 1;
    else if (line < 0) continue;
    else if (text.startsWith('+')) added.add(line++);
    else if (text.startsWith(' ')) line++;
  }
  return added;
}
