/** Programs as users write them, packed into jars by the tests of the server. Nothing here knows Weir. */
package org.example;
