"""Libraries and checks of Node: each row is a file and the kind of harm in it, None for a look-alike without any."""

import pytest

from .trees import told, walked

PROBES: list[tuple[str, str | None]] = [
    (
        "exports.handler = async (e) => { if (e.authorizationToken.split(' ')[0].toLowerCase() !== 'bearer') throw new Error();"
        " return { isAuthorized: await check(e) } }",
        None,
    ),
    (
        "exports.handler = async (e) => ({ isAuthorized: e.headers['x-api-key'] === process.env.API_TOKEN })",
        "token-comparison",
    ),
    (
        "const jwt = require('jsonwebtoken'); exports.handler = async (e) => {"
        " const claims = jwt.verify(e.headers.authorization, process.env.KEY); console.log('caller', claims); }",
        None,
    ),
    ("process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; exports.handler = async () => {}", "tls-verification-off"),
    (
        "const AWS=require('aws-xray-sdk').captureAWS(require('aws-sdk')); const s=new AWS.S3(); "
        "exports.handler = async (e) => s.putObject({Bucket:e.b,Key:'k'}).promise()",
        "cloud-target",
    ),
    (
        "const {S3}=require('@aws-sdk/client-s3'); const s=new S3({}); exports.handler = async (e) "
        "=> s.putObject({Bucket:e.b,Key:'k'})",
        "cloud-target",
    ),
    (
        "const {S3Client,GetObjectCommand}=require('@aws-sdk/client-s3'); "
        "const {getSignedUrl}=require('@aws-sdk/s3-request-presigner'); exports.handler = async (e) "
        "=> getSignedUrl(new S3Client({}), new GetObjectCommand({Bucket:'b',Key:e.key2}))",
        "cloud-target",
    ),
    (
        "const {Upload}=require('@aws-sdk/lib-storage'); const {S3Client}=require('@aws-sdk/client-s3'); "
        "exports.handler = async (e) "
        "=> new Upload({client:new S3Client({}),params:{Bucket:e.b,Key:'x',Body:e.c}}).done()",
        "cloud-target",
    ),
    (
        "const {Tracer}=require('@aws-lambda-powertools/tracer'); const t=new Tracer(); "
        "const {LambdaClient,InvokeCommand}=require('@aws-sdk/client-lambda'); "
        "const l=t.captureAWSv3Client(new LambdaClient({})); exports.handler = async (e) "
        "=> l.send(new InvokeCommand({FunctionName:e.f}))",
        "cloud-target",
    ),
    (
        "const {fromTemporaryCredentials}=require('@aws-sdk/credential-providers'); exports.handler = async (e) "
        "=> fromTemporaryCredentials({params:{RoleArn:e.r}})",
        "cloud-target",
    ),
    (
        "const jwt=require('jsonwebtoken'); exports.handler = async (e) "
        "=> jwt.verify(e.t, process.env.K, {algorithms:['HS256','none']})",
        "token-not-verified",
    ),
    ("const http=require('http'); exports.handler = async (e) => http.get(e.u, (r)=>r.resume())", "request"),
    ("exports.handler = async (e) => { console.log(process.env) }", "environment-disclosed"),
    ("exports.handler = async (e) => ({statusCode:200, body: JSON.stringify({env: {...process.env}})})", "environment-disclosed"),
    ("const ejs=require('ejs'); exports.handler = async (e) => ejs.render('<%= a %>', JSON.parse(e.body))", "template"),
    ("const {execa}=require('execa'); exports.handler = async (e) => execa(e.cmd, ['a'])", "process"),
    ("const s=require('shelljs'); exports.handler = async (e) => { s.exec('ls '+e.a) }", "process"),
    ("import postgres from 'postgres'; const sql=postgres(); export const handler = async (e) => sql`select ${e.id}`", None),
    (
        "import postgres from 'postgres'; const sql=postgres(); export const handler = async (e) => sql.unsafe('select '+e.id)",
        "sql",
    ),
    ("const {sql}=require('slonik'); exports.handler = async (e) => pool.query(sql.unsafe`select ${e.id}`)", None),
    (
        "import {Sequelize} from 'sequelize'; const s=new Sequelize('x'); export const handler = async (e) "
        "=> s.query(`select ${e.id}`)",
        "sql",
    ),
    (
        "import {DataSource} from 'typeorm'; const d=new DataSource({}); export const handler = async (e) "
        "=> d.query('select '+e.id)",
        "sql",
    ),
    (
        "import {DataSource} from 'typeorm'; const d=new DataSource({}); export const handler = async (e) "
        "=> d.getRepository('U').createQueryBuilder('u').where(`u.id=${e.id}`).getOne()",
        "sql",
    ),
    (
        "const D=require('better-sqlite3'); const d=new D('x.db'); exports.handler = async (e) "
        "=> d.prepare('select '+e.id).all()",
        "sql",
    ),
    (
        "const sqlite3=require('sqlite3').verbose(); const d=new sqlite3.Database('x'); "
        "exports.handler = (e,c,cb) => d.all('select '+e.id, cb)",
        "sql",
    ),
    (
        "const sql=require('mssql'); exports.handler = async (e) => { const p=await sql.connect('x'); "
        "return p.request().query('select '+e.id) }",
        "sql",
    ),
    (
        "const sql=require('mssql'); exports.handler = async (e) => { const p=await sql.connect('x'); "
        "return p.request().input('id',sql.Int,e.id).query('select @id') }",
        None,
    ),
    (
        "const sql=require('mssql'); exports.handler = async (e) => { await sql.connect('x'); return sql.query`select ${e.id}` }",
        None,
    ),
    (
        "const {AthenaClient,StartQueryExecutionCommand}=require('@aws-sdk/client-athena'); "
        "exports.handler = async (e) "
        "=> new AthenaClient({}).send(new StartQueryExecutionCommand({QueryString:`select ${e.id}`}))",
        "sql",
    ),
    ("exports.handler = async (e) => { const x=require('fs'); x.readFile('/data/'+e.f, (err,d)=>{}) }", "path"),
    ("const t=require('tar'); exports.handler = async (e) => t.x({file:'/tmp/a.tgz', cwd: e.d})", None),
    (
        "const u=require('url'); exports.handler = async (e) => { const p=u.parse(e.u); "
        "if (p.hostname!=='a.example.com') return; return fetch(e.u) }",
        None,
    ),
    (
        "exports.handler = async (e) => { const p=new URL(e.u); if (!p.hostname.endsWith('.example.com')) return; "
        "return fetch(p.href) }",
        None,
    ),
    ("const t=new RegExp('^a$'); exports.handler = async (e) => t.test(e.a)", None),
    (
        "exports.handler = async (e) => { const key = e.pathParameters.key; "
        "return {statusCode:302, headers:{Location: 'https://cdn.example.com/'+key}} }",
        None,
    ),
    ("exports.handler = async (e) => { const u=require('util'); return u.format('%s', e.a) }", None),
    (
        "const m=require('mysql').createConnection({}); "
        "exports.handler=(e,c,cb)=>m.query(require('mysql').format('select ?',[e.a]),cb)",
        None,
    ),
    ("const {spawn}=require('child_process'); exports.handler=async(e)=>{ spawn('ls',['-l',e.dir]) }", None),
    ("const {spawn}=require('child_process'); exports.handler=async(e)=>{ spawn(e.prog) }", "process"),
    ("const {spawn}=require('child_process'); exports.handler=async(e)=>{ spawn('bash',['-c',e.prog]) }", "process"),
    (
        "const z=require('zod'); const S=z.object({a:z.string()}); "
        "exports.handler=async(e)=>{ const r=S.safeParse(e.body); if(!r.success) return; eval(r.data.a) }",
        "code-evaluation",
    ),
    (
        "const Ajv=require('ajv'); "
        "const v=new Ajv().compile({type:'object',properties:{id:{type:'string',enum:['a','b']},n:{type:'inte"
        "ger'},s:{type:'string'}}}); "
        "exports.handler=async(e)=>{ if(!v(e.body)) return; eval(e.body.id); eval(e.body.n) }",
        None,
    ),
    (
        "const Ajv=require('ajv'); "
        "const v=new Ajv().compile({type:'object',properties:{id:{type:'string',enum:['a','b']},s:{type:'stri"
        "ng'}}}); "
        "exports.handler=async(e)=>{ if(!v(e.body)) return; eval(e.body.s) }",
        "code-evaluation",
    ),
    ("const validator=require('validator'); exports.handler=async(e)=>{ if(!validator.isUUID(e.id)) return; eval(e.id) }", None),
    ("import isUUID from 'validator/lib/isUUID'; export const handler=async(e)=>{ if(!isUUID(e.id)) return; eval(e.id) }", None),
    (
        "const EventEmitter=require('events'); const em=new EventEmitter(); em.on('x',(v)=>eval(v)); "
        "exports.handler=async(e)=>{ em.emit('x', e.a) }",
        "code-evaluation",
    ),
    (
        "const rl=require('readline'); exports.handler=async(e)=>{ const { Readable }=require('stream'); "
        "Readable.from(e.items).on('data',(d)=>eval(d)) }",
        "code-evaluation",
    ),
    ("exports.handler=async(e)=>{ const h={}; h[e.k]={}; h[e.k][e.n]=e.v }", "prototype-pollution"),
    ("exports.handler=async(e)=>{ const h={}; h[e.k]=e.v; return h.x }", None),
    ("const libs={a:require('fs')}; exports.handler=async(e)=>libs.a.promises.readFile('/x/'+e.f)", "path"),
    ("exports.handler=async(e)=>{ const {b}=e; const c=Buffer.alloc(10); c.write(b); eval(c.toString()) }", None),
    ("exports.handler = async (e) => { const p=new URL(e.u); if (p.protocol!=='https:') return; return fetch(p) }", "request"),
    (
        "exports.handler = async (e) => { const p=new URL(e.u); if (p.host!=='a.b.c') throw new Error(); "
        "return fetch(p.toString()) }",
        None,
    ),
    (
        "exports.handler = async (e) => { const p=new URL('https://a.example.com/x'); "
        "p.searchParams.set('q', e.q); return fetch(p) }",
        None,
    ),
    ("exports.handler = async (e) => { const u=new URL('/items/'+e.id, 'https://api.example.com'); return fetch(u) }", None),
    (
        "class Q extends require('events') { push(x) { this.emit('j', x) } } const q=new Q(); "
        "q.on('j',(x)=>eval(x)); exports.handler=async(e)=>{ q.push(e.a) }",
        "code-evaluation",
    ),
]


@pytest.mark.parametrize(("source", "kind"), PROBES, ids=[source[:70] for source, _ in PROBES])
def test_what_libraries_do(source: str, kind: str | None) -> None:
    name = "index.mjs" if source.startswith("import") else "index.js"
    found = {told_kind for told_kind, _ in told(walked({name: source}))}
    assert kind in found if kind else not found
