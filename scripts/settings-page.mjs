/** Writes docs/settings.md from the one table of settings: `npm run docs` (a test fails when the page and the table differ). */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { settings } = createRequire(import.meta.url)('../dist/config.js');
const cell = (text) => text.replaceAll('|', '\\|');

export const page = `# Settings

Settings are environment variables. A value that cannot be used stops the start with one line that names the setting and what it accepts.
\`npx passerelle --help\` prints the same table.

| Setting | Accepts | Default | Reason |
|---|---|---|---|
${Object.values(settings).map(({ name, accepts, default: fallback, reason }) => `| \`${name}\` | ${cell(accepts)} | ${cell(fallback)} | ${cell(reason)} |`).join('\n')}

What is not offered: a settings file, and settings that change while the server runs.
`;

if (process.argv[1] === import.meta.filename) writeFileSync(join(import.meta.dirname, '..', 'docs', 'settings.md'), page);
