import { provideTemplate, type Project } from './template.ts';

/** The server of TEST_DATABASE_URL, in databases that the run makes and drops. */
export default async function setup(project: Project): Promise<() => Promise<void>> {
  const url = process.env['TEST_DATABASE_URL'];
  if (url === undefined || url === '') throw new Error('TEST_DATABASE_URL is not set.');
  return provideTemplate(project, { url, stop: async () => undefined });
}
