// Runs before Streamlit's scripts, in every page.

// Where the server is: the folder of the page. Streamlit would otherwise try below the page's own path first, which
// costs two requests that fail.
window.__streamlit = { BACKEND_BASE_URL: new URL("./", location.href).href };

// The room that the sidebar will take, from what Streamlit keeps of it: whether it is folded away, and how wide it is.
{
  const DEFAULT_WIDTH = 281.25; // px: 18.75 times the theme's base size of 15
  let room = DEFAULT_WIDTH;
  try {
    if (localStorage.getItem("stSidebarCollapsed-") === "true") room = 0;
    else room = parseInt(localStorage.getItem("sidebarWidth"), 10) || DEFAULT_WIDTH;
  } catch {
    // a browser that keeps nothing
  }
  document.documentElement.style.setProperty("--sidebar-room", `${room}px`);
}
