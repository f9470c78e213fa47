# docker build -t heapsim . && docker run --rm heapsim    (docs/docker.md; ./dev docker tests it)
FROM debian:bookworm-slim AS build
ARG DEBIAN_FRONTEND=noninteractive
WORKDIR /heapsim
COPY dev packages.txt ./
RUN apt-get update \
    && apt-get install -y --no-install-recommends $(./dev packages build)
COPY . .
RUN cmake --preset default -DBUILD_TESTING=OFF \
    && cmake --build build/default --target image \
    && cmake --install build/default --component image --prefix /opt/image/usr/local \
    && DESTDIR=/opt/image docker/split.sh /opt/image/usr/local/libexec/heapsim/*

FROM debian:bookworm-slim
ARG DEBIAN_FRONTEND=noninteractive
COPY dev packages.txt /tmp/heapsim/
RUN apt-get update \
    && apt-get install -y --no-install-recommends $(/tmp/heapsim/dev packages runtime image) \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/* /tmp/heapsim \
    && useradd --uid 1000 --no-create-home --home-dir /data --shell /usr/sbin/nologin heapsim \
    && install -d -o heapsim -g heapsim /data \
    && ln -s /usr/local/share/heapsim/traces /traces
COPY --from=build /opt/image /
# A number, so that who wants no root can see that it is none.
USER 1000:1000
WORKDIR /data
# A first process of its own kind: as that, a program would not be ended by ^C or docker stop.
ENTRYPOINT ["tini", "-g", "--", "heapsim"]
