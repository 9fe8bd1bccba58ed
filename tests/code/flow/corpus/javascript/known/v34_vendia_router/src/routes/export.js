const { Router } = require('express');
const { execSync } = require('child_process');

const router = Router();

router.post('/', async (req, res, next) => {
  try {
    const { format } = req.body;
    const out = execSync(`/opt/bin/export --format ${format}`); // BAD: process
    res.type('text/plain').send(out);
  } catch (err) {
    next(err);
  }
});

module.exports = router;
