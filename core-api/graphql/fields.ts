import 'reflect-metadata';
import { Field, registerEnumType } from 'type-graphql';

type TypeFunction = Parameters<typeof Field>[0];
type FieldDecorator = ReturnType<typeof Field>;

/** A field of an object or input type that is always there, with the description that every field owes a stranger. */
export const Required = (type: TypeFunction, description: string): FieldDecorator => Field(type, { description });

/** A field that may be null; of an input type, one that may be left out. */
export const Optional = (type: TypeFunction, description: string): FieldDecorator =>
  Field(type, { nullable: true, description });

/** An input field that may be left out and then counts as `defaultValue`. */
export const Defaulted = (type: TypeFunction, defaultValue: string | boolean, description: string): FieldDecorator =>
  Field(type, { nullable: true, defaultValue, description });

/** Registers an enum whose values are called inside as they are outside; `values` maps each to its description. */
export function enumType<Name extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Name, string>>,
): { readonly [N in Name]: N } {
  const names = Object.keys(values) as Name[];
  const members = Object.fromEntries(names.map((each) => [each, each])) as { [N in Name]: N };
  const valuesConfig = Object.fromEntries(names.map((each) => [each, { description: values[each] }]));
  registerEnumType(members, { name, description, valuesConfig: valuesConfig as Record<Name, { description: string }> });
  return members;
}
