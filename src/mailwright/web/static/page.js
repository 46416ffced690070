// Everything works without this file; with it, rows appear as they finish.
"use strict";
(function () {
  function made(html) {
    var holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content;
  }
  function focus(root) {
    var place = root.querySelector("[data-focus]");
    if (place) { place.focus({ preventScroll: false }); }
  }
  function copies(root) {
    root.querySelectorAll("button.copy").forEach(function (button) {
      if (!navigator.clipboard) { return; }
      button.hidden = false;
      button.addEventListener("click", function () {
        var text = document.getElementById(button.dataset.copy).textContent;
        navigator.clipboard.writeText(text).then(function () {
          var before = button.textContent;
          button.textContent = button.dataset.done;
          setTimeout(function () { button.textContent = before; }, 1500);
        });
      });
    });
  }
  function progress(event) {
    var place = document.getElementById("progress");
    if (place) { place.textContent = event.data; }
  }
  // A stream that is refused is not tried again by itself.
  function refused(source) {
    source.addEventListener("error", function () {
      if (source.readyState === EventSource.CLOSED) { setTimeout(function () { location.reload(); }, 30000); }
    });
  }
  function job(report) {
    var source = new EventSource(report.dataset.events);
    refused(source);
    source.addEventListener("row", function (event) {
      var fresh = made(event.data).firstElementChild;
      var old = document.getElementById(fresh.id);
      if (old) { old.replaceWith(fresh); }
    });
    source.addEventListener("progress", progress);
    source.addEventListener("report", function (event) {
      source.close();
      report.replaceChildren(made(event.data));
      var head = report.querySelector("h1");
      if (head) { document.title = head.textContent.trim(); }
      copies(report);
      focus(report);
    });
  }
  function list(table) {
    var source = new EventSource(table.dataset.rows + "?from=" + table.dataset.seen);
    refused(source);
    source.addEventListener("rows", function (event) {
      // A table row alone is no document: it needs its table around it.
      var rows = made("<table><tbody>" + event.data + "</tbody></table>").querySelectorAll("tr");
      document.getElementById("rows").append.apply(document.getElementById("rows"), rows);
    });
    source.addEventListener("progress", progress);
    source.addEventListener("over", function (event) { source.close(); progress(event); });
  }
  var report = document.querySelector("[data-events]");
  var table = document.querySelector("[data-rows]");
  copies(document);
  if (report) { job(report); } else if (table) { list(table); } else { focus(document); }
  document.querySelectorAll("form").forEach(function (form) {
    form.addEventListener("submit", function () {
      var button = form.querySelector("button.go");
      if (button) { setTimeout(function () { button.disabled = true; }, 0); }
    });
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("button.go").forEach(function (button) { button.disabled = false; });
  });
})();
