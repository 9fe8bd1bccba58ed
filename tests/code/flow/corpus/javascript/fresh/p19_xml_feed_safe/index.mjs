// handler: index.handler
import { XMLParser } from 'fast-xml-parser';

const parser = new XMLParser({ ignoreAttributes: false });

export const handler = async (event) => {
  const feed = parser.parse(event.body);
  const titles = [].concat(feed?.rss?.channel?.item ?? []).map((item) => String(item.title).slice(0, 200));
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(titles) };
};
