/**
 * How a command finds the processes of a data directory and asks them about their jobs.
 *
 * <p>A process announces itself in a file that it keeps locked, and answers HTTP over loopback, on its own threads, to whoever
 * shows the token of that file. This is between Weir's own commands, of the same version; it is no public interface. May
 * import the session and what is below. Start reading at {@link dev.weir.cli.control.ControlServer}.
 */
@NullMarked
package dev.weir.cli.control;

import org.jspecify.annotations.NullMarked;
