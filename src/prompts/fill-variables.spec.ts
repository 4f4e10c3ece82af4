import fc from 'fast-check';
import { refusalOf } from '../../test/support/translation.js';
import { fillVariables, listVariables } from './fill-variables.js';

const IMAGE = { type: 'input_image', image_url: 'https://example.com/a.png' };

describe('fillVariables', () => {
  it('should put texts where their names stand', () => {
    expect(fillVariables('{{a}} and {{ b-1 }}, {{a}}', { a: 'one', 'b-1': 'two' })).toBe('one and two, one');
    expect(fillVariables('{{a}}', { a: { type: 'input_text', text: 'one' } })).toBe('one');
  });

  it.each(['{{}}', '{a}', '{{1}}', '{{a b}}', '{{a', 'a}}'])(
    'should leave alone what is none: %s',
    (text) => {
      expect(fillVariables(text, {})).toBe(text);
      expect(listVariables(text).size).toBe(0);
    },
  );

  it('should make parts of a message out of values', () => {
    const content = ['{{photo}}', 'Who is {{who}}?', { type: 'input_text', text: '{{who}}' }];
    expect(fillVariables([{ role: 'user', content }], { photo: IMAGE, who: 'she' })).toEqual([
      {
        role: 'user',
        content: [IMAGE, { type: 'input_text', text: 'Who is she?' }, { type: 'input_text', text: 'she' }],
      },
    ]);
    expect(fillVariables({ content: ['{{who}}'] }, { who: 'she' })).toEqual({
      content: [{ type: 'input_text', text: 'she' }],
    });
  });

  it('should put any text in as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('{', '}', 'a', '$', '&', ' ') }), (value) => {
        expect(fillVariables('<{{a}}>', { a: value })).toBe(`<${value}>`);
        expect(fillVariables({ content: ['{{a}}'] }, { a: value })).toEqual({
          content: [{ type: 'input_text', text: value }],
        });
      }),
    );
  });

  it.each(['a', 'toString', '__proto__'])('should miss %s where it is not given', (name) => {
    expect(refusalOf(() => fillVariables(`{{${name}}}`, {}))).toMatchObject({
      status: 400,
      param: 'prompt.variables',
      message: `Missing prompt variables: '${name}'.`,
    });
  });

  it('should refuse a part within a text', () => {
    for (const template of ['See {{photo}}', { content: ['See {{photo}}'] }, { content: '{{photo}}' }])
      expect(refusalOf(() => fillVariables(template, { photo: IMAGE }))).toMatchObject({
        status: 400,
        param: 'prompt.variables.photo',
      });
  });

  it('should list the names in all of a template', () => {
    const template = { instructions: '{{a}} {{b}}', input: [{ content: ['{{c}}', { text: '{{a}}' }] }] };
    expect([...listVariables(template)]).toEqual(['a', 'b', 'c']);
  });
});
