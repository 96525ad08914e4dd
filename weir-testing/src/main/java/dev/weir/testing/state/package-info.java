/**
 * The contract kit of keyed stores: what every implementation of {@link dev.weir.engine.state.KeyedStore} must do, as random
 * operations beside a model. Start reading at {@link dev.weir.testing.state.KeyedStoreContract}.
 *
 * <p>Runs on the calling thread. Imports the engine and the JDK only, so that any test framework can call it.
 */
@NullMarked
package dev.weir.testing.state;

import org.jspecify.annotations.NullMarked;
