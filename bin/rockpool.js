#!/usr/bin/env node
// `npx rockpool <verb>` inside the checkout: builds when dist/ is missing or older than the sources, then runs it
// in this same process, so that signals and exit codes are the server's own.
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

if (newest(`${root}src`) > builtAt()) {
  const { buildServer } = await import('./build.js');
  await buildServer();
}
await import('../dist/main.js');

function builtAt() {
  const stats = statSync(`${root}dist/main.js`, { throwIfNoEntry: false });
  return stats === undefined ? -1 : stats.mtimeMs;
}

/** Time of the last change below `folder`; 0 where there are no sources (an installed package). */
function newest(folder) {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Math.max(0, ...files.map((file) => statSync(`${file.parentPath}/${file.name}`).mtimeMs));
}
