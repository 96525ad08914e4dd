/** How tests wait for what other threads do. Start reading at {@link dev.weir.testing.wait.Waits}. Imports the JDK only. */
@NullMarked
package dev.weir.testing.wait;

import org.jspecify.annotations.NullMarked;
