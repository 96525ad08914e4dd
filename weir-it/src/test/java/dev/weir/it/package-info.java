/**
 * End-to-end tests: whole jobs on Weir through the interfaces that users have, compared with Flink where Flink has an answer.
 * Start reading at {@code DifferentialIT}.
 */
@NullMarked
package dev.weir.it;

import org.jspecify.annotations.NullMarked;
