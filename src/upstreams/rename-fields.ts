const STEP = String.raw`(?:\[\d+\]|\.\w+|\[["']\w+["']\])`;

/** Paths and names of fields as the model server knows them, and the client's own. The longest come first. */
const FIELDS: [RegExp, string][] = [
  [/(?<![\w.-])(?:max_completion_tokens|max_tokens|max_new_tokens)(?![\w-])/g, 'max_output_tokens'],
  [/(?<![\w.-])reasoning_effort(?![\w-])/g, 'reasoning.effort'],
  [/(?<![\w.-])response_format\.json_schema(?![\w-])/g, 'text.format'],
  [/(?<![\w.-])response_format(?![\w-])/g, 'text.format'],
  [/(?<![\w.-])tools(?:\[(\d+)\]|\.(\d+))\.function(?![\w-])/g, 'tools[$1$2]'],
  [/(?<![\w.-])tools\.(\d+)(?![\w-])/g, 'tools[$1]'],
  [/(?<![\w.-])tool_choice\.function(?![\w-])/g, 'tool_choice'],
  // Messages are not counted as the items of the input are.
  [new RegExp(String.raw`(?<![\w.-])messages${STEP}+`, 'g'), 'input'],
  [/(["'\x60])messages\1/g, '$1input$1'],
];

/** Gives the fields in a model server's message the names that the client knows them by. */
export function renameFields(message: string): string {
  return FIELDS.reduce((text, [pattern, name]) => text.replace(pattern, name), message);
}

/** Likewise for a field's path. */
export function renameParam(param: string): string {
  return /^messages\b/.test(param) ? 'input' : renameFields(param);
}
