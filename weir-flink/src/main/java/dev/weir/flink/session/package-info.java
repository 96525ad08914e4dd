/**
 * Jobs of one process: what a session cluster is in Flink, without the cluster.
 *
 * <p>Thread-safe; nothing here is owned by one thread. Imports the other packages of the adapter, which do not
 * import this one. Start reading at {@link dev.weir.flink.session.WeirSession}.
 */
@NullMarked
package dev.weir.flink.session;

import org.jspecify.annotations.NullMarked;
