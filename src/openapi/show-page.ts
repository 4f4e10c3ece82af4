/** @param base path of what the page needs, relative to the page */
export function showPage(base: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Responses gateway</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="${base}/swagger-ui.css" />
    <script src="${base}/swagger-ui-bundle.js" defer></script>
    <script src="${base}/show-document.js" defer></script>
  </head>
  <body>
    <div id="document"></div>
  </body>
</html>
`;
}

/** Without a validator: Swagger UI would send the address of the document to a server of its makers. */
export const SHOW_DOCUMENT = `SwaggerUIBundle({
  url: new URL('openapi.json', document.currentScript.src).href,
  dom_id: '#document',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
`;
