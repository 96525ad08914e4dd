/**
 * Flink's client interfaces on a session in this process, so that tools and tests written for a Flink cluster can use
 * Weir: an executor and a cluster client for the target {@code weir}, found by Flink through {@code ServiceLoader}.
 *
 * <p>Owns no thread; all types are thread-safe. The only package that may import flink-clients. Start reading at {@link
 * dev.weir.client.WeirClusterClient}, or at {@link dev.weir.client.WeirExecutorFactory} for what {@code execute()} does.
 */
@NullMarked
package dev.weir.client;

import org.jspecify.annotations.NullMarked;
