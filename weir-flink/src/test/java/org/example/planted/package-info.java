/** Programs that are slow for a reason, outside the packages of what runs them. */
package org.example.planted;
