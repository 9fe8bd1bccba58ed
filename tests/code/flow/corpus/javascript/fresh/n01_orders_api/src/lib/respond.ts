export interface Reply {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

export const json = (statusCode: number, payload: unknown): Reply => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(payload),
});

export const page = (title: string, content: string): Reply => ({ // BAD: xss
  statusCode: 200,
  headers: { 'content-type': 'text/html' },
  body: `<html><head><title>${title}</title></head><body>${content}</body></html>`,
});
