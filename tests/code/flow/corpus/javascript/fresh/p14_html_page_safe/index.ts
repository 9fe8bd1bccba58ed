// handler: index.handler
import he from 'he';

const layout = (title: string, inner: string) => `<!doctype html><title>${title}</title><main>${inner}</main>`;

export const handler = async (event: { queryStringParameters?: { name?: string; page?: string } }) => {
  const name = he.encode(event.queryStringParameters?.name ?? 'guest');
  const page = Number.parseInt(event.queryStringParameters?.page ?? '1', 10);
  return {
    statusCode: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: layout('Welcome', `<p>Hello ${name}, this is page ${page}</p>`),
  };
};
