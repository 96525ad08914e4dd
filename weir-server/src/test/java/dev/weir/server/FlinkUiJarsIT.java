package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.WebOptions;
import org.junit.jupiter.api.Test;

/** Flink's web UI where jars are taken: its page of jars, by whoever has shown the token once. */
class FlinkUiJarsIT extends BrowserTests {
    private static final String TOKEN = "open-sesame-open-sesame";

    @Override
    Configuration configuration() {
        return Uploads.accepted(TOKEN, directory)
                .set(WebOptions.UPLOAD_DIR, directory.resolve("own").toString());
    }

    /** Presses what has a text, once it is there. */
    private void click(String selector, String text) throws Exception {
        browser.await("(() => { const found = [...document.querySelectorAll('" + selector
                + "')].find(each => each.innerText.trim() === '" + text
                + "'); if (found) found.click(); return found !== undefined; })()");
    }

    @Test
    void aJarIsListedWithItsClassAndWhatItCanBeRunWith() throws Exception {
        String url = jobs.server.url();
        Uploads.upload(new Http(url), "Authorization: Bearer " + TOKEN);
        browser.open(url + "?token=" + TOKEN);
        browser.awaitQuiet();

        browser.open(url + "flink/#/submit");
        browser.await("document.body.innerText.includes('Uploaded Jars')");
        click("td", "counts.jar");
        browser.await("document.body.innerText.includes('Allow Non Restored State')");
        browser.awaitQuiet();
        browser.picture("flink-submit");
        assertThat(browser.troubles()).isEmpty();
    }
}
