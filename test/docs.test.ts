import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../src/app/config/environment.ts';
import { ERROR_CODES } from '../src/base/errors.ts';
import { CONTENDERS } from '../src/compare/contenders.ts';

const page = (name: string) => readFileSync(name, 'utf8');

describe('the documentation', () => {
  it('has a paragraph for every error code, and for no other', () => {
    const [ours = ''] = page('docs/errors.md').split('## Of GraphQL itself');
    const described = [...ours.matchAll(/^### (\w+)$/gm)].map(([, code]) => code);
    expect(new Set(described)).toEqual(new Set(ERROR_CODES));
  });

  it('names every variable of the environment in docs/configuration.md', () => {
    const text = page('docs/configuration.md');
    for (const { name } of VARIABLES) expect(text).toContain(`\`${name}\``);
  });

  it('names every way that is compared', () => {
    const text = page('docs/compare.md');
    for (const { id } of CONTENDERS) expect(text).toContain(`\`${id}\``);
  });

  it('names only commands and files that are there', () => {
    const scripts = JSON.parse(page('package.json')) as { scripts: Record<string, string> };
    const text = ['README.md', 'CONTRIBUTING.md'].map(page).join('\n');
    const named = [...text.matchAll(/npm run (\w+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => scripts.scripts[name] === undefined)).toEqual([]);
  });
});
