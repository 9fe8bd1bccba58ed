// handler: index.handler
import { PrismaClient } from '@prisma/client';

const prisma = new PrismaClient();

export const handler = async (event: { arguments: { email: string } }) => {
  const { email } = event.arguments;
  return prisma.$queryRawUnsafe(`SELECT id FROM "User" WHERE email = '${email}'`); // BAD: sql
};
