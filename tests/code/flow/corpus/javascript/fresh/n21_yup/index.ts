// handler: index.handler
import * as yup from 'yup';
import { readFile } from 'fs/promises';
import { join } from 'path';

const schema = yup.object({
  lang: yup.string().oneOf(['de', 'en', 'fr']).required(),
  name: yup.string().required(),
});

export const handler = async (event: { body: string }) => {
  const { lang, name } = await schema.validate(JSON.parse(event.body));
  const greeting = await readFile(join(__dirname, 'texts', `${lang}.txt`), 'utf8');
  const custom = await readFile(join(__dirname, 'texts', name), 'utf8'); // BAD: path
  return { statusCode: 200, body: greeting + custom };
};
