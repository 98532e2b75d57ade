import {
  astFromValue,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  print,
} from 'graphql';
import type { Random } from './random';

/** Values worth asking for, by the name of an argument or of an input's field, or else of its type. */
export type Samples = Readonly<Record<string, readonly unknown[]>>;

/** Writes values of arguments, as text of the document or as variables. */
export interface InputGenerator {
  /** The value's text: a literal, or a variable that is declared by this. */
  write(name: string, type: GraphQLInputType): string;
  /** A variable of the type `Boolean!`, for a condition. */
  condition(): string;
  /** The document's variables, as `($v0: Int = 3, …)`. */
  definitions(): string;
  readonly variables: Record<string, unknown>;
}

const MAX_CONDITIONS = 4;
const MAX_INPUT_DEPTH = 3;

export function createInputGenerator(random: Random, samples: Samples): InputGenerator {
  const definitions: string[] = [];
  const variables: Record<string, unknown> = {};
  const conditions: string[] = [];

  function declare(type: string, defaultValue: string | null): string {
    const name = `v${definitions.length}`;
    definitions.push(`$${name}: ${type}${defaultValue === null ? '' : ` = ${defaultValue}`}`);
    return name;
  }

  function literal(name: string, type: GraphQLInputType): string {
    const node = astFromValue(createValue(name, type, 0), type);
    if (!node) throw new Error(`There is no literal of the type ${type}`);
    return print(node);
  }

  function createValue(name: string, type: GraphQLInputType, depth: number): unknown {
    if (isNonNullType(type)) return createValue(name, type.ofType, depth) ?? createValue(name, type, depth);
    if (random.chance(0.1)) return null;
    if (isListType(type)) {
      return Array.from({ length: random.below(3) }, () => createValue(name, type.ofType, depth));
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => isNonNullType(field.type) || (depth < MAX_INPUT_DEPTH && random.chance(0.5)),
      );
      return Object.fromEntries(
        fields.map((field) => [field.name, createValue(field.name, field.type, depth + 1)]),
      );
    }
    if (isEnumType(type)) return random.pick(type.getValues()).name;
    return random.pick(samples[name] ?? samples[type.name] ?? [null]);
  }

  return {
    variables,
    definitions: () => (definitions.length === 0 ? '' : `(${definitions.join(', ')})`),
    write(name, type) {
      if (random.chance(0.6)) return literal(name, type);
      const hasDefault = random.chance(0.4);
      const declared = hasDefault && random.chance(0.5) && isNonNullType(type) ? type.ofType : type;
      const variable = declare(String(declared), hasDefault ? literal(name, type) : null);
      const mayBeLeftOut = hasDefault || !isNonNullType(type);
      if (!mayBeLeftOut || random.chance(0.7)) variables[variable] = createValue(name, type, 0);
      return `$${variable}`;
    },
    condition() {
      if (conditions.length > 0 && (conditions.length === MAX_CONDITIONS || random.chance(0.5))) {
        return `$${random.pick(conditions)}`;
      }
      const hasDefault = random.chance(0.3);
      const variable = declare('Boolean!', hasDefault ? String(random.chance(0.5)) : null);
      conditions.push(variable);
      if (!hasDefault || random.chance(0.5)) variables[variable] = random.chance(0.5);
      return `$${variable}`;
    },
  };
}
