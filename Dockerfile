# Bot and worker in one image: `docker run IMAGE` is the bot, `docker run IMAGE replay-worker` the worker,
# `docker run IMAGE replay …` the operator CLI. All settings come from the environment.
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements.lock pyproject.toml README.md ./
RUN python -m venv /opt/replay && /opt/replay/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY replay_engine replay_engine
COPY bot bot
RUN /opt/replay/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --system --no-create-home replay
COPY --from=build /opt/replay /opt/replay
ENV PATH=/opt/replay/bin:$PATH PYTHONUNBUFFERED=1
USER replay
CMD ["replay-bot"]
