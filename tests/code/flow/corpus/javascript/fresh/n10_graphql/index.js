// handler: index.handler
const { ApolloServer } = require('@apollo/server');
const { startServerAndCreateLambdaHandler, handlers } = require('@as-integrations/aws-lambda');
const knex = require('knex')({ client: 'mysql2', connection: process.env.DB });

const resolvers = {
  Query: {
    books: (_, { author }) => knex.raw(`select * from books where author = "${author}"`), // BAD: sql
    book: (_, { id }) => knex('books').where({ id }).first(),
    shelf: (_, { name }) => knex.raw('select * from shelves where name = ?', [name]),
  },
};

const server = new ApolloServer({ typeDefs: 'type Query { books(author: String): [String] }', resolvers });

exports.handler = startServerAndCreateLambdaHandler(server, handlers.createAPIGatewayProxyEventV2RequestHandler());
