import fc from 'fast-check';
import { parseGatewayFile } from './parse-gateway-file.js';
import { replaceVariables } from './replace-variables.js';

const none = (): undefined => undefined;
/** Text that refers to nothing. */
const plain = fc.string({ unit: 'binary' }).filter((text) => !text.includes('${'));
const name = fc.stringMatching(/^[A-Za-z_]\w{0,20}$/);
/** Half of them are made of what means something here or to YAML. */
const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('$', '{', '}', '${A}', '$$', '$&', ':', '\n', '- ', '#', '"', "'", '*', 'a'),
  }),
);

describe('replaceVariables', () => {
  it.each([
    ['${A}', 'one'],
    ['<${A}> and ${_b2}', '<one> and two'],
    ['$${A}', '${A}'],
    ['$$${A}', '$${A}'],
    ['$A costs $5 {A} $', '$A costs $5 {A} $'],
  ])('should read %s as %s', (text, read) => {
    const variables = new Map([
      ['A', 'one'],
      ['_b2', 'two'],
    ]);
    expect(replaceVariables(text, (name) => variables.get(name))).toEqual({ value: read, problems: [] });
  });

  it('should name the path of what is not set and of what has no name', () => {
    const file = { upstreams: [{ apiKey: '${ABSENT}' }], models: [{ sampling: { stop: ['${1}', '${'] } }] };
    expect(replaceVariables(file, none).problems).toEqual([
      'upstreams[0].apiKey: ${ABSENT} is not set in the environment',
      'models[0].sampling.stop[0]: has ${ without a name and }; write $${ where ${ itself is meant',
      'models[0].sampling.stop[1]: has ${ without a name and }; write $${ where ${ itself is meant',
    ]);
  });

  it('should leave alone what is no text, and keys', () => {
    const file = { '${A}': [1, true, null, { b: 1.5 }] };
    expect(replaceVariables(file, () => 'x')).toEqual({ value: file, problems: [] });
  });

  it('should change nothing where nothing is referred to', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        fc.pre(!JSON.stringify(json).includes('${'));
        expect(replaceVariables(json, none)).toEqual({ value: json, problems: [] });
      }),
    );
  });

  it('should give back any text whose references are escaped', () => {
    fc.assert(
      fc.property(value, (text) => {
        const escaped = text.replaceAll('${', () => '$${');
        expect(replaceVariables(escaped, none)).toEqual({ value: text, problems: [] });
      }),
    );
  });

  it('should put any value where its name stood, as it is', () => {
    // A $ in front of a reference would escape it.
    const before = plain.filter((text) => !text.endsWith('$'));
    fc.assert(
      fc.property(before, name, value, plain, (start, name, value, end) => {
        const asked: string[] = [];
        const variable = (name: string): string => {
          asked.push(name);
          return value;
        };
        expect(replaceVariables(`${start}\${${name}}${end}`, variable).value).toBe(start + value + end);
        expect(asked).toEqual([name]);
      }),
    );
  });

  it('should not let a value change the file around it', () => {
    fc.assert(
      fc.property(value, (value) => {
        const text = 'models: [{ id: a, displayName: "${VALUE}" }, { id: b }]';
        const context = { servers: [], preset: 'lmdeploy', variable: () => value } as const;
        expect(parseGatewayFile(text, 'gateway.yaml', context)).toEqual({
          models: [{ id: 'a', displayName: value }, { id: 'b' }],
        });
      }),
    );
  });
});
