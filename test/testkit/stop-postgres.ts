import { rm } from 'node:fs/promises';
import type { TestServer } from './start-postgres';

export default async function stopPostgres(): Promise<void> {
  const { testServer } = globalThis as { testServer?: TestServer };
  if (!testServer) return;
  await testServer.postgres.stop();
  await rm(testServer.directory, { recursive: true, force: true });
}
