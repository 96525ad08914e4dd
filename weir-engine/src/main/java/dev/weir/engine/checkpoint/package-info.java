/**
 * Checkpoints of a whole job: when one is taken, of whom, when it is complete, and what becomes of it.
 */
@NullMarked
package dev.weir.engine.checkpoint;

import org.jspecify.annotations.NullMarked;
