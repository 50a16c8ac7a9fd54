# Onelane in a container: `docker compose up` starts it as compose.yaml says.

FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY server/ server/
COPY tools/ tools/
COPY storage/ storage/
COPY prompts/ prompts/
# The versions of the lock. Its hashes go, since pip would ask for one of this folder as well.
RUN sed -e '/--hash=/d' -e 's/ \\$//' requirements.lock > versions.txt \
    && python -m venv /opt/onelane \
    && /opt/onelane/bin/pip install --no-cache-dir --constraint versions.txt '.[postgres]'

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Onelane" \
      org.opencontainers.image.description="Campaigns, agents and syncs in one lane" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --gid 10001 onelane \
    && useradd --uid 10001 --gid onelane --no-create-home --home-dir /data onelane \
    && install --directory --owner onelane --group onelane --mode 700 /data
COPY --from=build /opt/onelane /opt/onelane
ENV PATH=/opt/onelane/bin:$PATH \
    ONELANE_HOME=/data
# As a number, so that who looks from outside knows that it is not root.
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8765
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8765/healthz', timeout=4)"]
ENTRYPOINT ["onelane"]
# Beyond its own machine it listens only where ONELANE_API_TOKEN is set.
CMD ["serve", "--host", "0.0.0.0"]
