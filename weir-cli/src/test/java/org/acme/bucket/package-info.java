/** A file system for a folder of plugins. */
@NullMarked
package org.acme.bucket;

import org.jspecify.annotations.NullMarked;
