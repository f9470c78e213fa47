# docker build -t heapsim . && docker run --rm heapsim
# docker run --rm -v "$PWD:/data" heapsim replay --board stm32l475 /data/mine.trace.gz
FROM debian:bookworm-slim AS build
ARG DEBIAN_FRONTEND=noninteractive
WORKDIR /heapsim
COPY dev packages.txt ./
RUN apt-get update \
    && apt-get install -y --no-install-recommends $(./dev packages build) \
    && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset default -DBUILD_TESTING=OFF \
    && cmake --build build/default \
    && cmake --install build/default --prefix /opt/heapsim

FROM debian:bookworm-slim
ARG DEBIAN_FRONTEND=noninteractive
COPY dev packages.txt /tmp/heapsim/
RUN apt-get update \
    && apt-get install -y --no-install-recommends $(/tmp/heapsim/dev packages runtime) \
    && rm -rf /var/lib/apt/lists/* /tmp/heapsim
COPY --from=build /opt/heapsim /usr/local
WORKDIR /usr/local/share/heapsim
CMD ["replay", "--region", "ram=0x20000000:4M", "traces/s-lua-sensor.trace.gz"]
