"""The words that names of variables are made of, by what they say about the value."""


def word_set(text: str) -> frozenset[str]:
    """A set of words, written as one text."""
    return frozenset(text.split())


PASSWORDS = word_set(
    "password passwords passwd passwort pass pwd pw passphrase passcode psk mnemonic pswd userpass "
    "contrasena senha mdp passe kennwort wachtwoord parola haslo heslo losenord salasana jelszo sifre"
)
TOKENS = word_set("token tokens pat jwt bearer sas writekey tok")
CREDENTIALS = word_set("credential credentials cred creds login authorization userpwd usrpwd basicauth")
KEY_WORDS = word_set("key keys apikey apikeys")
# What a value under a secret's name then is, or claims to be.
SEALED = word_set("encrypted ciphertext enc cipher sealed")
SALTS = word_set("salt pepper")
WEAK = word_set("auth oauth cookie cookies signature appid webhook sid session otp seed pin authentication")
# Tokens that only mark a place in a conversation: pages, retries, updates.
PLAIN_TOKENS = word_set(
    "next page pagination continuation continue cursor start starting exclusive idempotency request update lock change sync "
    "purchase sequence upload resume marker position stop end special core separator unk bos eos pad eot stopping"
)
PUBLIC = word_set("public publishable publickey pub anon sitekey")
# Words that change nothing about what the head is: stages, ordinals, fillers.
FILLERS = word_set(
    "prod production prd dev development stage staging stg test testing qa uat int integration live sandbox demo local "
    "default old new current previous next primary secondary main master backup value val plain plaintext text "
    "string str raw clear cleartext b64 base64 base encoded v1 v2 v3 eu us the my app internal external ro rw readonly "
    "readwrite reader writer read a b"
)
ABOUT = word_set(
    "name names arn arns id ids path paths file files filename dir directory folder location uri url urls endpoint "
    "endpoints host hosts hostname domain length len size count number num min max minimum maximum ttl expiry expires "
    "expiration expire timeout seconds secs minutes mins hours days day age rotation interval period policy type kind "
    "enabled enable disabled disable required require allow allowed allows header headers prefix suffix param params "
    "parameter parameters version versions region account user username users email issuer iss audience aud algorithm "
    "algorithms alg scope scopes field fields column columns attribute attributes table tables bucket buckets queue topic "
    "provider providers manager store storage cache reset hint label title format regex pattern source sources method mode "
    "strategy service template subject page route routes env ref reference alias kid fingerprint thumbprint digest hash "
    "hashes sha sha1 sha256 sha512 md5 checksum function lambda stack limit limits rate rounds per usage extension port "
    "http https handler class description flow screen view link group role roles status state check validation validator "
    "validity rule rules message subscription channel schedule index list map kms environment setting settings "
    "requirement requirements in at date time stamp timestamp jmespath less addr address "
    "encryption minute second endpoint proto protocol from hours"
)
LEADING_ABOUT = word_set(
    "use uses is has have enable enabled disable disabled allow require requires show hide forgot change max min num no "
    "skip force validate redact mask masked sensitive hidden should must can display support log"
)
# Keys that open nothing.
PLAIN_KEYS = word_set(
    "partition sort primary foreign s3 object cache idempotency feature range row hash index group kms gsi lsi composite "
    "lookup map dedup deduplication message order event item state lock metric redis dynamo dynamodb ddb pk sk vault json "
    "dict sensitive unique natural surrogate registry translation i18n config context dimension tag env variable var input "
    "output result data"
)
STRONG_KEYS: dict[str, str] = {
    **dict.fromkeys(
        word_set(
            "api apikey app apis access auth account shared subscription license licence write sdk integration routing "
            "server service admin ingest ingestion insert function host storage"
        ),
        "api-key",
    ),
    **dict.fromkeys(word_set("encryption encrypt decryption cipher crypto crypt aes fernet master data"), "encryption-key"),
    **dict.fromkeys(word_set("hmac signing sign signature jwt session secret"), "secret-key"),
    **dict.fromkeys(word_set("private priv rsa"), "private-key"),
}
# Secrets that are strings themselves; other ``…_SECRET`` names often hold the name of a stored secret.
VALUE_SECRETS = word_set(
    "client jwt session cookie webhook signing shared app hmac api auth consumer csrf nextauth encryption token oauth totp "
    "otp mfa access refresh hash crypto iv code pin state salt cognito hook verify verification aws oidc sso saml bot plaid "
    "s3 supabase square admin hasura flask django rails session nest app master "
    "shopify twitter stripe slack github gitlab facebook google okta auth0"
)
WITH_DIGITS = word_set("s3 ec2 sha1 sha256 sha512 md5 v1 v2 v3 b64 base64 auth0 oauth2 gsi1 gsi2 h2 p8 p12 x509 k8s")
IDENTIFIERS = word_set(
    "id ids arn arns name names hash hashes sha sha1 sha256 sha512 md5 digest checksum commit etag version versions "
    "fingerprint thumbprint client pool function lambda stack bucket buckets table tables image images build revision "
    "address addr tx root trace cert certificate certificates ca logo img icon url urls uri host hosts hostname endpoint "
    "domain distribution zone sheet spreadsheet document doc folder model integrity release source sri nonce account region "
    "group subnet subnets file path signature sig correlation request number ref tag tags channel queue topic user site "
    "measurement contract merkle block public serviceable metadata pixel tracking dataset org organization tenant "
    "subscription container registry layer iterator cursor upload marker ksuid ulid uuid uuids guid nanoid cuid"
)
