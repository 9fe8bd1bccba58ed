# lambdaudit as an image: `docker build -t lambdaudit .`, and docs/install.md for how to run it.
# To pin by digest: docker build --build-arg PYTHON=python:3.13-slim-trixie@sha256:… with what
# `docker buildx imagetools inspect python:3.13-slim-trixie` prints.
ARG PYTHON=python:3.13-slim-trixie

FROM ${PYTHON} AS build
# Of pyproject.toml: "login" is for profiles of `aws login`; "login,demo" adds the demo account.
ARG EXTRAS=login
WORKDIR /source
COPY . .
RUN python -m venv /opt/lambdaudit \
 && /opt/lambdaudit/bin/python -m pip install --no-cache-dir --disable-pip-version-check ".[${EXTRAS}]" \
 && /opt/lambdaudit/bin/python -m pip uninstall --yes pip

FROM ${PYTHON}
# Both folders serve any user: `docker run --user` then writes reports as the caller.
RUN useradd --uid 10001 --home-dir /home/lambdaudit --create-home --shell /usr/sbin/nologin lambdaudit \
 && chmod 0755 /home/lambdaudit \
 && install --directory --mode 1777 /cache /work
COPY --from=build /opt/lambdaudit /opt/lambdaudit
ENV HOME=/home/lambdaudit XDG_CACHE_HOME=/cache PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["/opt/lambdaudit/bin/lambdaudit"]
CMD ["--help"]
