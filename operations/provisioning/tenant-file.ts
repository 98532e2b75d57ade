import { readFile } from 'node:fs/promises';
import { parse, YAMLError } from 'yaml';
import { StartError } from '../../shared/start-error';

/**
 * Reads a tenant's file: YAML with the fields of `ProvisionTenantInput`, which the graph checks. Throws a `StartError`
 * when there is no such file, or when it is no YAML of fields.
 */
export async function readTenantFile(file: string): Promise<object> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new StartError(`${file} cannot be read: ${error.message}`, error);
  });
  const input = parseYaml(text, file);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new StartError(`${file}: must have the fields of ProvisionTenantInput, such as "tenant:"`);
  }
  return input;
}

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof YAMLError || error instanceof ReferenceError)) throw error;
    throw new StartError(`${file} is not YAML: ${error.message.split('\n')[0]}`, error);
  }
}
