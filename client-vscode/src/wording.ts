/** `1 file`, `2 files`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A size as people write it: `7.4 MB`. */
export function sized(bytes: number): string {
  if (!(bytes > 0)) return 'size unknown';
  const unit = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const digits = unit === 0 || bytes / 1000 ** unit >= 100 ? 0 : 1;
  return `${(bytes / 1000 ** unit).toFixed(digits)} ${['B', 'kB', 'MB', 'GB'][unit]}`;
}
