/** Tests of how commands find processes and talk to them. */
@NullMarked
package dev.weir.cli.control;

import org.jspecify.annotations.NullMarked;
