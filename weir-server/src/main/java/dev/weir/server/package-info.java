/**
 * The REST interface of a process: Flink's paths, Flink's JSON, Flink's web UI under {@code /flink/}, and
 * Weir's dashboard at {@code /}.
 *
 * <p>Flink's own endpoint and handlers answer, on Netty's threads and a small pool; what they ask of a cluster, {@link
 * dev.weir.server.SessionGateway} and {@link dev.weir.server.ProcessView} answer from the session. So paths, parameters,
 * errors and JSON are Flink's by construction, and nothing of Flink's cluster runs. Rejected: a smaller HTTP server with
 * handlers of our own, which would start sooner and be wrong in details that Flink's client is strict about. Whoever wants
 * no server at all says {@code weir.rest.enabled: false}.
 *
 * <p>The dashboard's files are plain HTML, CSS and JavaScript modules beside this package ({@code dashboard/}), served as
 * they are: charts are SVG of some lines each, so there is no library and no build step. Start reading at {@code app.js}.
 *
 * <p>{@link dev.weir.server.Guard} stands before everything: who may ask, from where, and how much. May import weir-client
 * and what is below. Start reading at {@link dev.weir.server.RestServer}.
 */
@NullMarked
package dev.weir.server;

import org.jspecify.annotations.NullMarked;
