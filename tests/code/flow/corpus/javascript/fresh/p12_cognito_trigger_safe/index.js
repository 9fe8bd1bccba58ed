// handler: index.handler
exports.handler = (event, context, callback) => {
  const { email } = event.request.userAttributes;
  const allowed = (process.env.ALLOWED_DOMAINS || '').split(',');
  if (!allowed.includes(email.split('@')[1])) {
    callback(new Error('this domain may not sign up'));
    return;
  }
  event.response.autoConfirmUser = true;
  callback(null, event);
};
