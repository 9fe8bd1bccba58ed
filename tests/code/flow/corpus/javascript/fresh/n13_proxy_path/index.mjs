// handler: index.handler
const UPSTREAM = process.env.UPSTREAM ?? 'https://backend.internal';

export const handler = async (event) => {
  const url = new URL(event.rawPath, UPSTREAM);
  url.search = event.rawQueryString;
  const forwarded = await fetch(`${UPSTREAM}${event.rawPath}?${event.rawQueryString}`, { method: event.requestContext.http.method });
  return { statusCode: forwarded.status, body: await forwarded.text() };
};
