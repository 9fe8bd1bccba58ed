// handler: handler.handler
import { execFileSync, execSync } from 'node:child_process';

enum Format {
  Png = 'png',
  Jpeg = 'jpeg',
}

type Job = { format: Format; quality: string; file: string };

const isFormat = (value: string): value is Format => Object.values(Format).includes(value as Format);

export const handler = async (event: Job): Promise<void> => {
  if (!isFormat(event.format)) {
    throw new Error('unknown format');
  }
  execSync(`convert /tmp/in.bmp /tmp/out.${event.format}`);
  execFileSync('convert', ['-quality', event.quality, '/tmp/in.bmp', '/tmp/out.jpeg']);
  execSync(`cwebp -q ${event.quality} /tmp/in.bmp`); // BAD: process
};
