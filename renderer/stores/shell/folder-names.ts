/** Paths of folders, for people: the last name, and the steps down to it. Not for opening anything. */
export function folderName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}

/** From the root down, each with its whole path. */
export function folderSteps(path: string): readonly { readonly name: string; readonly path: string }[] {
  const separator = path.includes('\\') ? '\\' : '/';
  const parts = path.split(/[\\/]/).filter((part) => part !== '');
  const isPosix = separator === '/' && path.startsWith('/');
  const steps = parts.map((name, at) => {
    const joined = parts.slice(0, at + 1).join(separator);
    // A drive alone is no folder: 'C:' needs its slash.
    return { name, path: isPosix ? `/${joined}` : at === 0 ? `${joined}${separator}` : joined };
  });
  return isPosix ? [{ name: '/', path: '/' }, ...steps] : steps;
}

export function joinFolder(folder: string, name: string): string {
  const separator = folder.includes('\\') ? '\\' : '/';
  return folder.endsWith(separator) ? `${folder}${name}` : `${folder}${separator}${name}`;
}
