// handler: index.handler
import { PrismaClient } from '@prisma/client';

const prisma = new PrismaClient();

export const handler = async (event: { arguments: { email: string } }) => {
  const { email } = event.arguments;
  const users = await prisma.$queryRaw`SELECT id FROM "User" WHERE email = ${email}`;
  const same = await prisma.user.findMany({ where: { email: String(email) } });
  return { users, same };
};
